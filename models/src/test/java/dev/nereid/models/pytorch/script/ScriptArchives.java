package dev.nereid.models.pytorch.script;

import dev.nereid.kernels.KernelSet;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.LoadOptions;
import dev.nereid.models.LoadedModel;
import dev.nereid.models.ModelLoader;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.imported.DeclaredPorts;
import dev.nereid.models.pytorch.archive.PickleBytes;
import dev.nereid.models.pytorch.archive.ZipBytes;
import dev.nereid.tensor.DataType;
import java.util.List;
import java.util.Map;

/** TorchScript files of one module that is not trained and has a buffer of 3 floats, zero, named sum. */
public final class ScriptArchives {
    private ScriptArchives() {}

    /** Code of the module with the body of a {@code forward} that takes a tensor x. */
    public static String module(String body) {
        return """
                class M(Module):
                  __parameters__ = []
                  training : bool
                  sum : Tensor
                  def forward(self: __torch__.M, x: Tensor) -> Tensor:
                """ + body;
    }

    /**
     * Loads a file, with a vector of floats for the input x.
     *
     * @return what the caller closes
     */
    static LoadedModel load(String code, SlabPool memory) {
        TensorType type = TensorType.of(DataType.FP32, List.of(Dim.symbol("n")));
        return load(code, List.of(new DeclaredPorts.Input("x", type)), memory);
    }

    /** As {@link #load(String, SlabPool)}, with these inputs in a config. */
    static LoadedModel load(String code, List<DeclaredPorts.Input> inputs, SlabPool memory) {
        return load(file(code), inputs, memory);
    }

    static LoadedModel load(byte[] file, List<DeclaredPorts.Input> inputs, SlabPool memory) {
        LoadOptions options = LoadOptions.DEFAULT.withDeclared(new DeclaredPorts(inputs, List.of()));
        return ModelLoader.load(file, options, KernelSet.scalar(), memory);
    }

    /** A file whose code has the lines that it comes from. */
    static byte[] withOriginalLines(String code, Object lines) {
        return entries(code)
                .stored("m/code/__torch__.py.debug_pkl", PickleBytes.of(lines))
                .build();
    }

    /** The bytes of a file with that code. */
    public static byte[] file(String code) {
        return entries(code).build();
    }

    private static ZipBytes entries(String code) {
        return new ZipBytes()
                .stored(
                        "m/data.pkl",
                        PickleBytes.of(new PickleBytes.Instance(
                                "__torch__.M", Map.of("training", false, "sum", PickleBytes.View.floats("0", 3)))))
                .stored("m/data/0", new byte[3 * Float.BYTES])
                .stored("m/code/__torch__.py", code);
    }
}
