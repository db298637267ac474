package dev.nereid.server.schedule.adaptive;

/** Which parts of a load the execution time of a model grows with, linearly in each. */
public enum CostKind {
    /** With the number of items, which are of one size. */
    ITEMS {
        @Override
        double first(WorkSize load) {
            return load.items();
        }

        @Override
        double second(WorkSize load) {
            return 0;
        }
    },
    /** With the tokens and, for attention, with the squares of the lengths; nothing is padded. */
    TOKENS {
        @Override
        double first(WorkSize load) {
            return load.tokens();
        }

        @Override
        double second(WorkSize load) {
            return load.squares();
        }
    },
    /** As {@link #TOKENS}, with every item as long as the longest of its batch. */
    PADDED_TOKENS {
        @Override
        double first(WorkSize load) {
            return load.items() * load.longest();
        }

        @Override
        double second(WorkSize load) {
            return load.items() * load.longest() * load.longest();
        }
    };

    /** The first variable beside the constant. */
    abstract double first(WorkSize load);

    /** The second variable; 0 where there is none. */
    abstract double second(WorkSize load);

    /** The constant 1 and the variables. */
    double[] variables(WorkSize load) {
        return new double[] {1, first(load), second(load)};
    }

    /** Tokens that a batch takes of a token budget. */
    double tokens(WorkSize load) {
        return this == ITEMS ? load.tokens() : first(load);
    }
}
