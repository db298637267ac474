package dev.nereid.server.schedule.adaptive;

/** Which parts of a load the execution time of a model grows with, linearly in each. */
public enum CostKind {
    /** With the number of items, which are of one size. */
    ITEMS {
        @Override
        void variables(Load load, double[] variables) {
            variables[1] = load.items();
        }
    },
    /** With the tokens and, for attention, with the squares of the lengths; nothing is padded. */
    TOKENS {
        @Override
        void variables(Load load, double[] variables) {
            variables[1] = load.tokens();
            variables[2] = load.squares();
        }
    },
    /** As {@link #TOKENS}, with every item as long as the longest of its batch. */
    PADDED_TOKENS {
        @Override
        void variables(Load load, double[] variables) {
            variables[1] = load.items() * load.longest();
            variables[2] = load.items() * load.longest() * load.longest();
        }
    };

    /** The constant 1 and the variables, in an array of {@link #count}. */
    double[] variables(Load load) {
        double[] variables = new double[count()];
        variables[0] = 1;
        variables(load, variables);
        return variables;
    }

    /** Variables, with the constant. */
    int count() {
        return this == ITEMS ? 2 : 3;
    }

    /** Tokens that a batch takes of a token budget. */
    double tokens(Load load) {
        return this == PADDED_TOKENS ? load.items() * load.longest() : load.tokens();
    }

    abstract void variables(Load load, double[] variables);
}
