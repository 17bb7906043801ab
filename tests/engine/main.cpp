/// \file main.cpp
/// The test program of the engine and the recorder: defines Boost.Test's module once.
#define BOOST_TEST_MODULE engine
#include <boost/test/unit_test.hpp>
