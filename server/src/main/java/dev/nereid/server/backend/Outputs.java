package dev.nereid.server.backend;

import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.RequestedOutput;

/** Says which outputs a request wants. */
public final class Outputs {
    private Outputs() {}

    /** Whether the request named the output, or named none at all. */
    public static boolean wanted(InferRequest request, String output) {
        if (request.outputs().isEmpty()) {
            return true;
        }
        for (RequestedOutput requested : request.outputs()) {
            if (requested.name().equals(output)) {
                return true;
            }
        }
        return false;
    }
}
