/// \file main.cpp
/// The program of the model's tests. Why: Boost.Test wants one module name per program.
#define BOOST_TEST_MODULE model
#include <boost/test/unit_test.hpp>
