/// \file main.cpp
/// Entry point of the tests that count what is allocated, in a program whose operator new they
/// replace.
#define BOOST_TEST_MODULE allocation
#include <boost/test/unit_test.hpp>
