/**
 * Gives TensorFlow.js's operations their gradients, which its core does not have by itself. They are a
 * bundle of our build, and come second: both share the engine of whoever is first.
 */
import '@tensorflow/tfjs-core';
import '#tfjs-gradients';
