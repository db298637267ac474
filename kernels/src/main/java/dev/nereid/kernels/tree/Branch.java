package dev.nereid.kernels.tree;

/** How a node of a decision tree compares a feature with its threshold. No comparison is true of NaN but unequality. */
public enum Branch {
    LESS_OR_EQUAL,
    LESS,
    GREATER_OR_EQUAL,
    GREATER,
    EQUAL,
    NOT_EQUAL,
    /** Whether the feature is in a set, which takes the threshold's place. */
    MEMBER;

    /** Whether the feature goes the way of true. Not for {@link #MEMBER}. */
    boolean test(double feature, double threshold) {
        return switch (this) {
            case LESS_OR_EQUAL -> feature <= threshold;
            case LESS -> feature < threshold;
            case GREATER_OR_EQUAL -> feature >= threshold;
            case GREATER -> feature > threshold;
            case EQUAL -> feature == threshold;
            case NOT_EQUAL -> feature != threshold;
            case MEMBER -> throw new IllegalArgumentException("membership is no comparison");
        };
    }

    /** Whether the features that go one way are those below a bound. */
    boolean isOrdered() {
        return switch (this) {
            case LESS_OR_EQUAL, LESS, GREATER_OR_EQUAL, GREATER -> true;
            case EQUAL, NOT_EQUAL, MEMBER -> false;
        };
    }
}
