/// \file main.cpp
/// The test program of stage 3: defines Boost.Test's module once.
#define BOOST_TEST_MODULE reports
#include <boost/test/unit_test.hpp>
