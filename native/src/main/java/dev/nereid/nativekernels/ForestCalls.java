package dev.nereid.nativekernels;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.nereid.kernels.tree.ForestTables;
import dev.nereid.kernels.tree.ForestWalk;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * Downcalls to the C function for decision trees; {@code nereid.h} says what it does. It needs no more instructions than
 * every CPU has. Pointers go as numbers, because the caller has checked them.
 */
final class ForestCalls implements ForestWalk {
    private static final String SCORES = "nereid_forest_scores";
    private static final int MOST_KEYS = 4096;
    /** Links the functions at the first call; each link takes a millisecond. */
    private static final class Linked {
        static final MethodHandle HANDLE = NativeLibrary.linked(
                JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG,
                JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG);
    }

    private final MemorySegment function;

    ForestCalls(NativeLibrary library) {
        this.function = library.function(SCORES);
    }

    @Override
    public int mostKeys() {
        return MOST_KEYS;
    }

    @Override
    public void scores(ForestTables forest, int rows, int features, long x, long scores, long present) {
        try {
            Linked.HANDLE.invokeExact(
                    function,
                    rows,
                    features,
                    forest.keysPerFeature(),
                    x,
                    forest.groups(),
                    forest.nodes(),
                    forest.roots(),
                    forest.certainSteps(),
                    forest.firstWeights(),
                    forest.weightTargets(),
                    forest.weights(),
                    forest.targets(),
                    scores,
                    present);
        } catch (Throwable e) {
            throw new IllegalStateException("calling " + SCORES + " failed", e);
        }
    }
}
