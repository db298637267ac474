package dev.nereid.models.operators.text;

import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * ONNX StringSplit: the parts of each string, filled up with empty strings to the number of the longest list, and how
 * many they are. Without a delimiter runs of white space delimit, also at both ends. An empty string has no parts.
 *
 * <p>x: [...]; substrings: [..., most]; lengths: [...].
 */
final class StringSplit implements Operator {
    @Override
    public List<TensorType> outputTypes(Inference in) {
        TensorType x = in.type(0);
        if (!x.hasRank()) {
            return List.of(x, x.withDataType(DataType.INT64));
        }
        List<Dim> dims = new ArrayList<>(x.dims().orElseThrow());
        dims.add(in.unknownDim());
        return List.of(TensorType.of(DataType.STRING, dims), x.withDataType(DataType.INT64));
    }

    @Override
    public void lower(Lowering lowering) {
        byte[] delimiter = Texts.bytes(lowering.attributes().text("delimiter", ""));
        long splits = lowering.attributes()
                .integer("maxsplit")
                .filter(limit -> limit >= 0)
                .orElse(Long.MAX_VALUE);
        lowering.step(run -> split(run, delimiter, splits));
    }

    private static void split(StepRun run, byte[] delimiter, long splits) {
        Tensor x = run.input(0);
        int count = Math.toIntExact(x.shape().elements());
        List<List<byte[]>> all = new ArrayList<>();
        int most = 0;
        for (int i = 0; i < count; i++) {
            byte[] text = x.strings()[i];
            List<byte[]> parts = delimiter.length == 0 ? words(text, splits) : parts(text, delimiter, splits);
            most = Math.max(most, parts.size());
            all.add(parts);
            if (run.wants(1)) {
                run.output(1).segment().set(ValueLayout.JAVA_LONG_UNALIGNED, 8L * i, parts.size());
            }
        }
        if (run.wants(0)) {
            long[] dims = Arrays.copyOf(x.shape().dims(), x.shape().rank() + 1);
            dims[dims.length - 1] = most;
            byte[][] y = run.allocate(0, Shape.of(dims)).strings();
            Arrays.fill(y, Texts.EMPTY);
            for (int i = 0; i < count; i++) {
                for (int j = 0; j < all.get(i).size(); j++) {
                    y[i * most + j] = all.get(i).get(j);
                }
            }
        }
    }

    private static List<byte[]> parts(byte[] text, byte[] delimiter, long splits) {
        List<byte[]> parts = new ArrayList<>();
        if (text.length == 0) {
            return parts;
        }
        int from = 0;
        for (int at = find(text, delimiter, from); at >= 0 && parts.size() < splits; ) {
            parts.add(Arrays.copyOfRange(text, from, at));
            from = at + delimiter.length;
            at = find(text, delimiter, from);
        }
        parts.add(Arrays.copyOfRange(text, from, text.length));
        return parts;
    }

    private static int find(byte[] text, byte[] delimiter, int from) {
        for (int at = from; at <= text.length - delimiter.length; at++) {
            if (Arrays.equals(text, at, at + delimiter.length, delimiter, 0, delimiter.length)) {
                return at;
            }
        }
        return -1;
    }

    private static List<byte[]> words(byte[] text, long splits) {
        List<byte[]> words = new ArrayList<>();
        int from = skip(text, 0, true);
        while (from < text.length) {
            if (words.size() == splits) {
                words.add(Arrays.copyOfRange(text, from, text.length));
                break;
            }
            int to = skip(text, from, false);
            words.add(Arrays.copyOfRange(text, from, to));
            from = skip(text, to, true);
        }
        return words;
    }

    /** The first index from {@code from} on whose byte is white space, or is not. */
    private static int skip(byte[] text, int from, boolean space) {
        int at = from;
        while (at < text.length && isSpace(text[at]) == space) {
            at++;
        }
        return at;
    }

    private static boolean isSpace(byte character) {
        return character == ' ' || (character >= '\t' && character <= '\r');
    }
}
