/// \file main.cpp
/// Entry point of the tests of stage 1: from text to a validated scenario.
#define BOOST_TEST_MODULE scenarios
#include <boost/test/unit_test.hpp>
