package dev.nereid.models.operators.generation;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.IntegerTensors;
import dev.nereid.models.operators.elementwise.RealNumbers;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.Arrays;

/** Reads and checks the parameters of the generation operators. */
final class GenerationParameters {
    /** Tokens of the longest sequence where nothing says otherwise; ONNX Runtime has the same. */
    private static final int USUALLY_LONGEST = 4096;

    /** Memory is taken for so many tokens of each sequence before one of them is there. */
    private static final int LONGEST = 1 << 16;

    private GenerationParameters() {}

    /** @throws ModelFormatException if the model is of another kind than decoders like GPT-2 */
    static void requireDecoder(Attributes attributes) {
        long kind = attributes.integer("model_type", 0);
        if (kind != 0) {
            throw new ModelFormatException("attribute 'model_type': expected 0, a decoder like GPT-2, got " + kind);
        }
    }

    /**
     * Checks the datatypes of the operator's own inputs, behind which come those that its graphs capture.
     *
     * @param floats those that are floats; the others are integers
     */
    static void requireTypes(Inference in, int... floats) {
        int own = in.inputs() - in.attributes().captured();
        for (int input = 0; input < own; input++) {
            int index = input;
            DataType expected = Arrays.stream(floats).anyMatch(each -> each == index) ? DataType.FP32 : DataType.INT32;
            if (in.has(input) && in.type(input).dataType() != expected) {
                throw new ModelFormatException("input " + input + ": expected " + expected + ", got " + in.type(input));
            }
        }
    }

    /** An attribute that names a token. */
    static int token(Attributes attributes, String name) {
        long token = attributes.integer(name, -1);
        if (token < 0 || token > Integer.MAX_VALUE) {
            throw new ModelFormatException("attribute '" + name + "': expected a token, got " + token);
        }
        return (int) token;
    }

    /** An input of one integer; a default where it is left out. */
    static int integer(StepRun run, int own, int input, String name, int whenAbsent) {
        if (input >= own || !run.has(input)) {
            return whenAbsent;
        }
        requireOne(run.input(input), name);
        return (int) IntegerTensors.read(run.input(input)).orElseThrow()[0];
    }

    /** An input of one number; a default where it is left out. */
    static float real(StepRun run, int own, int input, String name, float whenAbsent) {
        if (input >= own || !run.has(input)) {
            return whenAbsent;
        }
        requireOne(run.input(input), name);
        return (float) RealNumbers.first(run.input(input));
    }

    private static void requireOne(Tensor tensor, String name) {
        if (tensor.shape().elements() != 1) {
            throw new IllegalArgumentException(name + ": expected one number, got a tensor of shape " + tensor.shape());
        }
    }

    /** The prompts: [batch, tokens], of one token at least. */
    static Shape prompts(StepRun run) {
        Shape shape = run.input(0).shape();
        if (shape.rank() != 2 || shape.dim(1) < 1) {
            throw new IllegalArgumentException(
                    "input_ids: expected [batch, tokens], of one token at least, got " + shape);
        }
        return shape;
    }

    /** How long sequences shall be at most. */
    static int maxLength(StepRun run, int own, int promptLength) {
        int length = integer(run, own, 1, "max_length", USUALLY_LONGEST);
        if (length <= promptLength || length > LONGEST) {
            throw new IllegalArgumentException("max_length: expected more than the " + promptLength
                    + " tokens of a prompt and " + LONGEST + " at most, got " + length);
        }
        return length;
    }

    /** An input of integers of this shape; empty where it is left out. */
    static int[] integers(StepRun run, int own, int input, String name, Shape shape) {
        if (input >= own || !run.has(input)) {
            return new int[0];
        }
        if (!run.input(input).shape().equals(shape)) {
            throw new IllegalArgumentException(
                    name + ": expected " + shape + ", got " + run.input(input).shape());
        }
        long[] longs = IntegerTensors.read(run.input(input)).orElseThrow();
        int[] integers = new int[longs.length];
        for (int i = 0; i < integers.length; i++) {
            integers[i] = (int) longs[i];
        }
        return integers;
    }
}
