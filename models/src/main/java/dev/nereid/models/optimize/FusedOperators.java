package dev.nereid.models.optimize;

/** How passes name the operators that only they emit. */
final class FusedOperators {
    /** The domain of operators that no file may use. */
    static final String DOMAIN = "dev.nereid";

    static final int VERSION = 1;

    private FusedOperators() {}
}
