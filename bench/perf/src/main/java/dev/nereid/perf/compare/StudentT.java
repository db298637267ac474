package dev.nereid.perf.compare;

/** Student's distribution. */
final class StudentT {
    /** 97.5 % quantiles for 1 to 10 degrees of freedom. */
    private static final double[] SMALL = {12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228};

    private static final double NORMAL = 1.959964;

    private StudentT() {}

    /** How many standard errors a two-sided interval of 95 percent reaches to each side. */
    static double reach(int degreesOfFreedom) {
        if (degreesOfFreedom <= SMALL.length) {
            return SMALL[degreesOfFreedom - 1];
        }
        // The first terms of Cornish and Fisher's series; good to three digits from ten degrees on.
        double z = NORMAL;
        double n = degreesOfFreedom;
        double z3 = z * z * z;
        double z5 = z3 * z * z;
        double z7 = z5 * z * z;
        return z
                + (z3 + z) / (4 * n)
                + (5 * z5 + 16 * z3 + 3 * z) / (96 * n * n)
                + (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * n * n * n);
    }
}
