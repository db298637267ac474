package dev.nereid.server.protocol;

/**
 * One output that a client named in its request.
 *
 * @param classification number of classes to answer instead of the tensor; 0 for the tensor itself
 * @param binary whether the HTTP answer carries it as binary data; meaningless over gRPC
 */
public record RequestedOutput(String name, int classification, boolean binary) {}
