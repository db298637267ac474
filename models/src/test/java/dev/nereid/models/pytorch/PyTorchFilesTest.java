package dev.nereid.models.pytorch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.ModelLoader;
import dev.nereid.models.imported.DeclaredPorts;
import dev.nereid.models.pytorch.archive.PickleBytes;
import dev.nereid.models.pytorch.archive.ZipBytes;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Files that are no models are told apart, and each is refused with what to save instead. */
class PyTorchFilesTest {
    private static final String EXPORT =
            "torch.export.save(torch.export.export(model.eval(), (example,)), 'model.pt2')";

    @Test
    void weightsAloneAreNoModel() {
        byte[] saved = new ZipBytes()
                .stored("archive/data.pkl", PickleBytes.of(Map.of("w", PickleBytes.View.floats("0", 2))))
                .stored("archive/data/0", new byte[8])
                .build();
        refused(saved, "it was written by torch.save", EXPORT);
        refused(new byte[] {(byte) 0x80, 2, 'N', '.'}, "bare pickle", EXPORT);
    }

    @Test
    void safetensorsAreNoModel() {
        byte[] header =
                "{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}".getBytes(StandardCharsets.UTF_8);
        byte[] file = ByteBuffer.allocate(8 + header.length + 4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(header.length)
                .put(header)
                .array();
        refused(file, "safetensors", EXPORT);
    }

    @Test
    void compiledProgramsAndOtherZipFilesAreNoModels() {
        refused(
                new ZipBytes()
                        .stored("p/archive_format", "pt2")
                        .stored("p/data/aotinductor/model/a.so", "x")
                        .build(),
                "compiled by AOTInductor",
                "torch.export.save");
        refused(new ZipBytes().stored("a.txt", "text").build(), "holds no PyTorch model", EXPORT);
    }

    @Test
    void otherFilesAreLeftToOthers() {
        byte[] onnx = {8, 7, 18, 4, 't', 'e', 's', 't', 58, 0, 0, 0, 0, 0, 0, 0};
        assertThat(PyTorchImporter.reads(onnx, onnx.length)).isFalse();
        assertThat(PyTorchImporter.reads(new byte[0], 0)).isFalse();
    }

    private static void refused(byte[] file, String... messages) {
        assertThat(PyTorchImporter.reads(
                        Arrays.copyOf(file, Math.min(file.length, PyTorchImporter.BEGINNING)), file.length))
                .isTrue();
        assertThatExceptionOfType(ModelFormatException.class)
                .isThrownBy(() -> PyTorchImporter.load(file, ModelLoader.operators(), DeclaredPorts.NONE))
                .satisfies(e -> assertThat(e.getMessage()).contains(messages));
    }
}
