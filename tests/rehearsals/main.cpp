/// \file main.cpp
/// Entry point of the end-to-end rehearsals: from text to verdict through the public API.
#define BOOST_TEST_MODULE rehearsals
#include <boost/test/unit_test.hpp>
