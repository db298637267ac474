package dev.nereid.models.pytorch.export;

import dev.nereid.models.ModelLoader;
import dev.nereid.models.imported.DeclaredPorts;
import dev.nereid.models.imported.ImportedModel;
import dev.nereid.models.pytorch.PyTorchImporter;
import dev.nereid.models.pytorch.archive.PickleBytes;
import dev.nereid.models.pytorch.archive.ZipBytes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;

/** Archives of exported programs whose JSON a test writes. */
final class ProgramArchives {
    /** One input, one weight of two numbers, one node, and a place for more of each. */
    private static final String SMALL = """
            {"graph_module": {
              "graph": {
                "inputs": [{"as_tensor": {"name": "p_w"}}, {"as_tensor": {"name": "x"}}],
                "outputs": [{"as_tensor": {"name": "add"}}],
                "nodes": [{"target": "torch.ops.aten.add.Tensor",
                           "inputs": [{"name": "self", "arg": {"as_tensor": {"name": "x"}}},
                                      {"name": "other", "arg": {"as_tensor": {"name": "p_w"}}}],
                           "outputs": [{"as_tensor": {"name": "add"}}], "metadata": {"stack_trace": "y = x + w"}}],
                "tensor_values": {
                  "p_w": {"dtype": 7, "sizes": [{"as_int": 2}]},
                  "x": {"dtype": 7, "sizes": [{"as_expr": {"expr_str": "s0"}}, {"as_int": 2}]},
                  "add": {"dtype": 7, "sizes": [{"as_expr": {"expr_str": "s0"}}, {"as_int": 2}]}},
                "sym_int_values": {}, "sym_bool_values": {}},
              "signature": {
                "input_specs": [{"parameter": {"arg": {"name": "p_w"}, "parameter_name": "w"}},
                                {"user_input": {"arg": {"as_tensor": {"name": "x"}}}}],
                "output_specs": [{"user_output": {"arg": {"as_tensor": {"name": "add"}}}}]},
              "module_call_graph": []},
             "opset_version": {"aten": 10}, "range_constraints": {"s0": {"min_val": 2, "max_val": null}},
             "schema_version": {"major": 8, "minor": 2}}
            """;

    private ProgramArchives() {}

    /** The JSON of a program that can be served. */
    static String small() {
        return SMALL;
    }

    /** An archive of a program with one weight. */
    static byte[] of(String json) {
        byte[] weights = new ZipBytes()
                .stored("archive/data.pkl", PickleBytes.of(Map.of("w", PickleBytes.View.floats("0", 2))))
                .stored("archive/data/0", new byte[8])
                .build();
        return new ZipBytes()
                .stored("serialized_exported_program.json", json.getBytes(StandardCharsets.UTF_8))
                .stored("serialized_state_dict.pt", weights)
                .stored("version", "8.2")
                .build();
    }

    static ImportedModel load(byte[] file) {
        return PyTorchImporter.load(file, ModelLoader.operators(), DeclaredPorts.NONE);
    }

    /** A file of the folder {@code programs}. */
    static byte[] resource(String name) {
        try (var in = ProgramArchives.class.getResourceAsStream("programs/" + name)) {
            return Objects.requireNonNull(in, name).readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
