package dev.nereid.models.trees;

/** What an objective makes of the sums of its trees. */
enum LinkFunction {
    IDENTITY(1),
    /** 1 / (1 + exp(-scale x)); of one score, the probability of the second of two classes. */
    LOGISTIC(2),
    /** As {@link #LOGISTIC}, of several scores, each of which is for a class. */
    LOGISTIC_OF_EACH(0),
    EXPONENTIAL(1),
    /** 1 where the sum is above 0, and 0. */
    STEP(2),
    SOFTMAX(0),
    /** The number of the class with the highest sum. */
    HIGHEST(0),
    /** The square, with the sum's sign. */
    SIGNED_SQUARE(1),
    /** log(1 + exp x). */
    SOFTPLUS(1);

    private final int classes;

    LinkFunction(int classes) {
        this.classes = classes;
    }

    /** Classes that a model of so many scores tells apart; 1 for a regression. */
    int classes(int scores) {
        return classes == 0 ? scores : scores == 1 ? classes : 1;
    }
}
