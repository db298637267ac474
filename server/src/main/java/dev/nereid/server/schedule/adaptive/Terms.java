package dev.nereid.server.schedule.adaptive;

/**
 * On what terms a model may form a batch now.
 *
 * @param needNanos the work that a batch must hold on average for the device to keep up with what arrives, as time that
 *     grows with it; infinite where the device cannot keep up
 * @param mostNanos the longest that a batch of several requests may take
 * @param idleInstances instances that could take a batch, at least 1
 */
record Terms(double needNanos, double mostNanos, int idleInstances) {}
