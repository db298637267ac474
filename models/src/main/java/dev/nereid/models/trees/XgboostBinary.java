package dev.nereid.models.trees;

import dev.nereid.models.ModelFormatException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * Reads the binary files that XGBoost wrote before version 2.1 unless the name asked for JSON: structures of fixed length with
 * room for later fields, little-endian.
 */
final class XgboostBinary {
    /** How a file begins that says what it is; the oldest begin with the header. */
    static final String MAGIC = "binf";

    /** Bytes before the objective's name but {@link #MAGIC}. */
    private static final int HEADER = 136;

    private static final int LONGEST_NAME = 64;
    private static final int TREES_HEADER = 160;
    private static final int TREE_HEADER = 148;
    private static final int NODE = 20;
    private static final int NODE_STATISTICS = 16;
    private static final int LINEAR_HEADER = 136;
    private static final int MISSING_LEFT = 0x8000_0000;

    /** How much of a file tells whether it is one. */
    static final int BEGINNING = MAGIC.length() + HEADER + Long.BYTES + LONGEST_NAME;

    private final ByteBuffer in;

    private XgboostBinary(byte[] file) {
        in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Whether a file's first bytes are those of such a file. */
    static boolean reads(byte[] beginning) {
        int start = hasMagic(beginning) ? MAGIC.length() : 0;
        if (beginning.length < start + HEADER + Long.BYTES + 1) {
            return start > 0;
        }
        long length = ByteBuffer.wrap(beginning).order(ByteOrder.LITTLE_ENDIAN).getLong(start + HEADER);
        int name = start + HEADER + Long.BYTES;
        if (length <= 0 || length > LONGEST_NAME || name + length > beginning.length) {
            return start > 0;
        }
        String objective = new String(beginning, name, (int) length, StandardCharsets.ISO_8859_1);
        return start > 0 || objective.matches("[a-z]+:[a-z]+");
    }

    private static boolean hasMagic(byte[] file) {
        return file.length >= MAGIC.length()
                && new String(file, 0, MAGIC.length(), StandardCharsets.ISO_8859_1).equals(MAGIC);
    }

    static TreeModel read(byte[] file) {
        XgboostBinary reader = new XgboostBinary(file);
        try {
            reader.in.position(hasMagic(file) ? MAGIC.length() : 0);
            return reader.model();
        } catch (BufferUnderflowException e) {
            throw new ModelFormatException("the file ends within its model, after " + file.length + " bytes", e);
        }
    }

    private TreeModel model() {
        int start = in.position();
        float baseScore = in.getFloat();
        int features = TreeLimits.features(Integer.toUnsignedLong(in.getInt()));
        int classes = in.getInt();
        skip(2 * Integer.BYTES);
        int majorVersion = in.getInt();
        in.getInt();
        int targets = in.getInt();
        skip(start + HEADER - in.position());
        int scores = TreeLimits.scores(Math.max(1, Math.max(classes, targets)));
        XgboostObjective objective = XgboostObjective.of(name("the objective's name"));
        String booster = name("the booster's name");
        TreeModel.Predictor predictor = switch (booster) {
            case "gbtree", "dart" -> trees(booster.equals("dart"), features, scores);
            case "gblinear" -> {
                skip(LINEAR_HEADER);
                yield XgboostBooster.linear(reals("weights"), features, scores);
            }
            default ->
                throw new ModelFormatException(
                        "booster '" + FileExcerpt.of(booster) + "': expected gbtree, dart or gblinear");
        };
        // Before version 1.0 what is written is what is added to the sums.
        return objective.model(features, predictor, new double[] {baseScore}, majorVersion == 0, scores);
    }

    private TreeModel.Trees trees(boolean weighted, int features, int scores) {
        int start = in.position();
        int count = count("trees", in.getInt(), TREE_HEADER);
        skip(start + TREES_HEADER - in.position());
        XgboostNodes[] trees = new XgboostNodes[count];
        for (int i = 0; i < count; i++) {
            trees[i] = nodes(i);
        }
        int[] targets = new int[count];
        for (int i = 0; i < count; i++) {
            targets[i] = in.getInt();
            XgboostBooster.requireTarget(targets[i], scores);
        }
        float[] weights = weighted ? reals("weights of trees") : new float[0];
        XgboostBooster.requireTreeWeights(weights.length, count);
        TreeEnsembleAttributes ensemble = new TreeEnsembleAttributes();
        for (int i = 0; i < count; i++) {
            XgboostNodes tree = trees[i];
            float weight = weighted ? weights[i] : 1;
            try {
                tree.addTo(ensemble, features, targets[i], node -> weight * tree.conditions()[node]);
            } catch (ModelFormatException e) {
                throw new ModelFormatException("tree " + i + ": " + e.getMessage(), e);
            }
        }
        return XgboostBooster.trees(ensemble);
    }

    private XgboostNodes nodes(int tree) {
        int start = in.position();
        in.getInt();
        int count = count("nodes of tree " + tree, in.getInt(), NODE + NODE_STATISTICS);
        skip(3 * Integer.BYTES);
        int vector = in.getInt();
        if (vector > 1) {
            throw new ModelFormatException("tree " + tree + " has leaves of " + vector
                    + " numbers, which binary files of that time do not have: save the model as JSON");
        }
        skip(start + TREE_HEADER - in.position());
        int[] left = new int[count];
        int[] right = new int[count];
        int[] features = new int[count];
        float[] conditions = new float[count];
        boolean[] missingLeft = new boolean[count];
        for (int i = 0; i < count; i++) {
            in.getInt(); // the parent
            left[i] = in.getInt();
            right[i] = in.getInt();
            int split = in.getInt();
            features[i] = split & ~MISSING_LEFT;
            missingLeft[i] = (split & MISSING_LEFT) != 0;
            conditions[i] = in.getFloat();
        }
        float[] covers = new float[count];
        for (int i = 0; i < count; i++) {
            in.getFloat(); // the gain
            covers[i] = in.getFloat();
            skip(NODE_STATISTICS - 2 * Float.BYTES);
        }
        return new XgboostNodes(left, right, features, conditions, missingLeft, covers, Map.of());
    }

    private float[] reals(String what) {
        float[] numbers = new float[count(what, in.getLong(), Float.BYTES)];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = in.getFloat();
        }
        return numbers;
    }

    private String name(String what) {
        byte[] bytes = new byte[count("bytes of " + what, in.getLong(), 1)];
        in.get(bytes);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /** A count of things that take so many bytes each, which must be there. */
    private int count(String what, long count, int bytes) {
        if (count < 0 || count > in.remaining() / bytes) {
            throw new ModelFormatException(
                    "the file says " + count + " " + what + ", and has " + in.remaining() + " bytes left");
        }
        return (int) count;
    }

    private void skip(int bytes) {
        if (bytes > in.remaining()) {
            throw new BufferUnderflowException();
        }
        in.position(in.position() + bytes);
    }
}
