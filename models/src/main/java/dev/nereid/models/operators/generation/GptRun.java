package dev.nereid.models.operators.generation;

import dev.nereid.models.graph.RunValue;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.lowering.Subgraph;
import dev.nereid.models.operators.elementwise.RealNumbers;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A decoder like GPT-2 in one run of its node: it is run token by token, and what it remembers handed on. Not thread-safe. */
final class GptRun {
    private final StepRun run;
    private final GptDecoder decoder;
    private final Subgraph first;
    private final Subgraph later;
    private final List<RunValue> captured;
    private final int rows;
    private final int[][] mask;
    private final int[] positions;
    private final MemorySegment tokensMemory;
    private final MemorySegment positionsMemory;
    private MemorySegment maskMemory;
    /** What is read in one run, and what is made for the next one: they take turns. */
    private final MemorySegment[][] turns;

    private List<RunValue> past = new ArrayList<>();
    private List<RunValue> results = List.of();
    private int length;
    private int added;
    private int runs;

    /** How a node's decoder runs. */
    record Bodies(Subgraph first, Subgraph later) {}

    /**
     * Before the first run.
     *
     * @param prompts the sequences so far
     * @param attended [prompts, tokens], 0 for tokens that are not attended to; if empty, those are that are padding, which has no position of
     *     its own
     * @param beams sequences of each prompt, which are handed to each other
     */
    GptRun(StepRun run, GptSearch search, GeneratedSequences prompts, int[] attended, int beams) {
        this.run = run;
        this.decoder = search.decoder();
        this.first = search.bodies().first();
        this.later = search.bodies().later();
        this.captured = search.captured().values(run);
        this.rows = prompts.count();
        this.length = prompts.length();
        this.added = length;
        this.mask = new int[rows][length];
        this.positions = new int[rows];
        this.tokensMemory = run.scratch(4L * rows * length);
        this.positionsMemory = run.scratch(4L * rows * length);
        this.maskMemory = run.scratch(8L * rows * length);
        this.turns = new MemorySegment[2][decoder.layers()];
        for (MemorySegment[] turn : turns) {
            Arrays.fill(turn, MemorySegment.NULL);
        }
        for (int row = 0; row < rows; row++) {
            begin(row, prompts.row(row), attended, row / beams * length, search.padding());
        }
        Shape nothing = Shape.of(2, rows, decoder.heads(), 0, decoder.size());
        for (int layer = 0; layer < decoder.layers(); layer++) {
            past.add(RunValue.of(Tensor.of(decoder.type(), nothing, run.scratch(0))));
        }
    }

    private void begin(int row, int[] tokens, int[] attended, int attendedOffset, int padding) {
        for (int i = 0; i < length; i++) {
            boolean counts = tokens[i] != padding;
            mask[row][i] = attended.length > 0 ? attended[attendedOffset + i] : counts ? 1 : 0;
            int at = row * length + i;
            set(tokensMemory, at, tokens[i]);
            set(positionsMemory, at, counts ? positions[row]++ : 0);
        }
    }

    private static void set(MemorySegment memory, int index, int value) {
        memory.set(ValueLayout.JAVA_INT_UNALIGNED, 4L * index, value);
    }

    /** Bytes that the keys, or the values, of a layer take for a row of so many tokens. */
    private long bytesOfRow(int tokens) {
        return (long) decoder.heads() * tokens * decoder.size() * decoder.type().bytes();
    }

    /**
     * Runs the decoder.
     *
     * @param vocabulary how many scores of a token to read; 0 for all
     * @return the scores of each row's next token: [rows, vocabulary]
     */
    float[] scores(int vocabulary) {
        if (maskMemory.byteSize() < 4L * rows * length) {
            maskMemory = run.scratch(8L * rows * length);
        }
        for (int row = 0; row < rows; row++) {
            for (int i = 0; i < length; i++) {
                set(maskMemory, row * length + i, mask[row][i]);
            }
        }
        List<RunValue> inputs = new ArrayList<>();
        inputs.add(integers(tokensMemory, added));
        inputs.add(integers(positionsMemory, added));
        inputs.add(integers(maskMemory, length));
        inputs.addAll(past);
        inputs.addAll(captured);
        results = run.run(runs++ == 0 ? first : later, inputs);
        Shape layer = Shape.of(2, rows, decoder.heads(), length, decoder.size());
        for (int i = 1; i < results.size(); i++) {
            Tensor present = results.get(i).tensor();
            if (!present.shape().equals(layer) || present.dataType() != decoder.type()) {
                throw new IllegalArgumentException("output " + i + " of the decoder: expected " + decoder.type() + layer
                        + ", got " + present.dataType() + present.shape());
            }
        }
        return lastScores(results.getFirst().tensor(), vocabulary);
    }

    private RunValue integers(MemorySegment memory, int columns) {
        return RunValue.of(Tensor.of(DataType.INT32, Shape.of(rows, columns), memory));
    }

    private float[] lastScores(Tensor logits, int vocabulary) {
        Shape shape = logits.shape();
        boolean fits = shape.rank() == 3
                && shape.dim(0) == rows
                && shape.dim(1) == added
                && shape.dim(2) >= Math.max(vocabulary, 1);
        if (!fits) {
            throw new IllegalArgumentException("output 0 of the decoder: expected scores [" + rows + "," + added + ","
                    + (vocabulary > 0 ? vocabulary + " or more" : "vocabulary") + "], got " + shape);
        }
        int all = Math.toIntExact(shape.dim(2));
        int count = vocabulary > 0 ? vocabulary : all;
        float[] scores = new float[Math.multiplyExact(rows, count)];
        for (int row = 0; row < rows; row++) {
            long from = ((long) row * added + added - 1) * all;
            for (int token = 0; token < count; token++) {
                scores[row * count + token] = (float) RealNumbers.at(logits, from + token);
            }
        }
        return scores;
    }

    /** Goes on with a token more for each row. */
    void add(int[] tokens) {
        past = new ArrayList<>(run.carry(results.subList(1, results.size())));
        prepare(tokens);
    }

    /** Goes on with row {@code i} as {@code sources[i]} was, and a token more for each. */
    void add(int[] sources, int[] tokens) {
        MemorySegment[] turn = turns[runs % 2];
        long bytes = bytesOfRow(length);
        List<RunValue> next = new ArrayList<>();
        for (int layer = 0; layer < decoder.layers(); layer++) {
            Tensor present = results.get(1 + layer).tensor();
            if (turn[layer].byteSize() < 2L * rows * bytes) {
                // Twice as long, so that all that is taken is no more than twice what the longest needs.
                turn[layer] = run.scratch(4L * rows * bytes);
            }
            for (int half = 0; half < 2; half++) {
                for (int row = 0; row < rows; row++) {
                    long from = ((long) half * rows + sources[row]) * bytes;
                    long to = ((long) half * rows + row) * bytes;
                    MemorySegment.copy(present.segment(), from, turn[layer], to, bytes);
                }
            }
            next.add(RunValue.of(Tensor.of(decoder.type(), present.shape(), turn[layer])));
        }
        past = next;
        prepare(tokens);
    }

    private void prepare(int[] tokens) {
        for (int row = 0; row < rows; row++) {
            set(tokensMemory, row, tokens[row]);
            set(positionsMemory, row, positions[row]++);
            if (length == mask[row].length) {
                mask[row] = Arrays.copyOf(mask[row], 2 * length);
            }
            mask[row][length] = 1;
        }
        length++;
        added = 1;
    }
}
