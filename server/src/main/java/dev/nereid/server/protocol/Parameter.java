package dev.nereid.server.protocol;

/** The value of a request or response parameter. */
public sealed interface Parameter {
    record Bool(boolean value) implements Parameter {}

    record Int(long value) implements Parameter {}

    record Real(double value) implements Parameter {}

    record Text(String value) implements Parameter {}
}
