package dev.nereid.models.operators.contrib;

import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * com.microsoft.MurmurHash3: the 32 bit hash of the bytes of each element, a string's or a number's, lowest first. y is
 * {@code UINT32}, or with the attribute {@code positive} 0 {@code INT32}.
 */
final class MurmurHash implements Operator {
    @Override
    public List<TensorType> outputTypes(Inference inference) {
        boolean positive = inference.attributes().integer("positive", 1) != 0;
        return List.of(inference.type(0).withDataType(positive ? DataType.UINT32 : DataType.INT32));
    }

    @Override
    public void lower(Lowering lowering) {
        int seed = (int) lowering.attributes().integer("seed", 0);
        lowering.step(run -> {
            Tensor x = run.input(0);
            Tensor y = run.output(0);
            for (int i = 0; i < x.shape().elements(); i++) {
                y.segment().set(ValueLayout.JAVA_INT_UNALIGNED, 4L * i, hash(bytes(x, i), seed));
            }
        });
    }

    private static byte[] bytes(Tensor x, int i) {
        if (x.dataType() == DataType.STRING) {
            return x.strings()[i];
        }
        int width = x.dataType().bytes();
        return x.segment().asSlice((long) i * width, width).toArray(ValueLayout.JAVA_BYTE);
    }

    private static int hash(byte[] bytes, int seed) {
        int hash = seed;
        int whole = bytes.length / 4 * 4;
        for (int at = 0; at < whole; at += 4) {
            hash = Integer.rotateLeft(hash ^ mixed(word(bytes, at, 4)), 13) * 5 + 0xe6546b64;
        }
        hash ^= mixed(word(bytes, whole, bytes.length - whole)) ^ bytes.length;
        hash = (hash ^ (hash >>> 16)) * 0x85ebca6b;
        hash = (hash ^ (hash >>> 13)) * 0xc2b2ae35;
        return hash ^ (hash >>> 16);
    }

    private static int mixed(int word) {
        return Integer.rotateLeft(word * 0xcc9e2d51, 15) * 0x1b873593;
    }

    /** The next bytes as a number, lowest first. */
    private static int word(byte[] bytes, int at, int count) {
        int word = 0;
        for (int i = 0; i < count; i++) {
            word |= (bytes[at + i] & 0xff) << (8 * i);
        }
        return word;
    }
}
