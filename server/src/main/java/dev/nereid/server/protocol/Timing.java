package dev.nereid.server.protocol;

/** The request parameter by which a client asks how its answer came about, and the names under which it is told. */
public final class Timing {
    /** Boolean; a request that has it as true gets response parameters about its way through the server. */
    public static final String PARAMETER = "nereid_timing";

    private Timing() {}

    /** Whether the request asked. */
    public static boolean wanted(InferRequest request) {
        return request.header().parameters().get(PARAMETER) instanceof Parameter.Bool(boolean wanted) && wanted;
    }
}
