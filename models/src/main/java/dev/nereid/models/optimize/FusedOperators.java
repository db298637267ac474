package dev.nereid.models.optimize;

/** How passes name the operators that only they emit. */
public final class FusedOperators {
    /** The domain of operators that no file may use. */
    public static final String DOMAIN = "dev.nereid";

    public static final int VERSION = 1;

    private FusedOperators() {}
}
