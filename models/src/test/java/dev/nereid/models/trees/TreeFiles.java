package dev.nereid.models.trees;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** XGBoost's binary forms of a stump: below 1.5 in feature 0, or missing, -1; else 2. Base score 0.5, squared error. */
final class TreeFiles {
    private TreeFiles() {}

    /** As Universal Binary JSON, with the typed lists that XGBoost writes. */
    static byte[] ubj() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeBytes("{");
            key(out, "learner", "{");
            key(out, "learner_model_param", "{");
            text(out, "num_feature", "1");
            text(out, "base_score", "5E-1");
            out.writeBytes("}");
            key(out, "objective", "{");
            text(out, "name", "reg:squarederror");
            out.writeBytes("}");
            key(out, "gradient_booster", "{");
            text(out, "name", "gbtree");
            key(out, "model", "{");
            key(out, "gbtree_model_param", "{");
            text(out, "num_trees", "1");
            out.writeBytes("}");
            integers(out, "tree_info", 0);
            key(out, "trees", "[#i");
            out.writeByte(1);
            out.writeBytes("{");
            integers(out, "left_children", 1, -1, -1);
            integers(out, "right_children", 2, -1, -1);
            integers(out, "split_indices", 0, 0, 0);
            key(out, "split_conditions", "[$d#L");
            out.writeLong(3);
            out.writeFloat(1.5f);
            out.writeFloat(-1);
            out.writeFloat(2);
            key(out, "default_left", "[$U#L");
            out.writeLong(3);
            out.write(new byte[] {1, 0, 0});
            key(out, "tree_param", "{");
            text(out, "num_nodes", "3");
            out.writeBytes("}}}}}}");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static void key(DataOutputStream out, String name, String value) throws IOException {
        out.writeBytes("L");
        out.writeLong(name.length());
        out.writeBytes(name + value);
    }

    private static void text(DataOutputStream out, String name, String value) throws IOException {
        key(out, name, "SL");
        out.writeLong(value.length());
        out.writeBytes(value);
    }

    private static void integers(DataOutputStream out, String name, int... values) throws IOException {
        key(out, name, "[$l#L");
        out.writeLong(values.length);
        for (int value : values) {
            out.writeInt(value);
        }
    }

    /** As the older binary structures, without the letters that newer ones begin with. */
    static byte[] binary() {
        ByteBuffer out = ByteBuffer.allocate(1 << 10).order(ByteOrder.LITTLE_ENDIAN);
        out.putFloat(0.5f).putInt(1).position(136);
        name(out, "reg:linear");
        name(out, "gbtree");
        int trees = out.position();
        out.putInt(1).putInt(1).position(trees + 160);
        int tree = out.position();
        out.putInt(1).putInt(3).position(tree + 148);
        node(out, 1, 2, 0x8000_0000, 1.5f);
        node(out, -1, -1, 0, -1);
        node(out, -1, -1, 0, 2);
        out.position(out.position() + 3 * 16);
        out.putInt(0);
        byte[] file = new byte[out.position()];
        out.get(0, file);
        return file;
    }

    private static void node(ByteBuffer out, int left, int right, int split, float condition) {
        out.putInt(-1).putInt(left).putInt(right).putInt(split).putFloat(condition);
    }

    private static void name(ByteBuffer out, String name) {
        out.putLong(name.length()).put(name.getBytes(StandardCharsets.ISO_8859_1));
    }
}
