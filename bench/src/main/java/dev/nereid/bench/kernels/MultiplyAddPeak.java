package dev.nereid.bench.kernels;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** The most multiply-adds that a core does: twelve independent chains of them and nothing else. */
final class MultiplyAddPeak {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int CHAINS = 12;

    private MultiplyAddPeak() {}

    /** Floating point operations of {@code run(rounds)}. */
    static double operations(int rounds) {
        return 2.0 * CHAINS * SPECIES.length() * rounds;
    }

    static float run(int rounds) {
        FloatVector x = FloatVector.broadcast(SPECIES, 1f);
        FloatVector y = FloatVector.broadcast(SPECIES, 1e-3f);
        FloatVector sum0 = x;
        FloatVector sum1 = x;
        FloatVector sum2 = x;
        FloatVector sum3 = x;
        FloatVector sum4 = x;
        FloatVector sum5 = x;
        FloatVector sum6 = x;
        FloatVector sum7 = x;
        FloatVector sum8 = x;
        FloatVector sum9 = x;
        FloatVector sum10 = x;
        FloatVector sum11 = x;
        for (int i = 0; i < rounds; i++) {
            sum0 = x.fma(y, sum0);
            sum1 = x.fma(y, sum1);
            sum2 = x.fma(y, sum2);
            sum3 = x.fma(y, sum3);
            sum4 = x.fma(y, sum4);
            sum5 = x.fma(y, sum5);
            sum6 = x.fma(y, sum6);
            sum7 = x.fma(y, sum7);
            sum8 = x.fma(y, sum8);
            sum9 = x.fma(y, sum9);
            sum10 = x.fma(y, sum10);
            sum11 = x.fma(y, sum11);
        }
        FloatVector all = sum0.add(sum1).add(sum2).add(sum3).add(sum4).add(sum5);
        return all.add(sum6).add(sum7).add(sum8).add(sum9).add(sum10).add(sum11).reduceLanes(VectorOperators.ADD);
    }
}
