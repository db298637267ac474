package dev.nereid.kernels.cpu;

import java.util.Locale;
import jdk.incubator.vector.FloatVector;

/**
 * The machine as the kernels see it.
 *
 * @param vectorBits width in bits of the JVM's preferred vectors: what C2 compiles to single instructions
 * @param cores processors that this JVM may use
 * @param architecture the JVM's name of the instruction set, lower case
 */
public record Cpu(int vectorBits, int cores, String architecture) {
    /** What this JVM reports. */
    public static Cpu detect() {
        return new Cpu(
                FloatVector.SPECIES_PREFERRED.vectorBitSize(),
                Runtime.getRuntime().availableProcessors(),
                System.getProperty("os.arch", "unknown").toLowerCase(Locale.ROOT));
    }
}
