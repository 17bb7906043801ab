/// \file main.cpp
/// The test program of the fault kinds. Why: Boost.Test wants one definition of its module.
#define BOOST_TEST_MODULE faults
#include <boost/test/unit_test.hpp>
