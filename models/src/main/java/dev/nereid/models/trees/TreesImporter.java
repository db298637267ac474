package dev.nereid.models.trees;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.imported.DeclaredPorts;
import dev.nereid.models.imported.ImportedModel;
import dev.nereid.tensor.DataType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Reads the model files of XGBoost and LightGBM; of Treelite's it says what to save instead. */
public final class TreesImporter {
    private static final String INPUT = "input__0";
    private static final String OUTPUT = "output__0";

    private static final int OLDEST_TREELITE = 2;
    private static final int NEWEST_TREELITE = 9;
    private static final int TREELITE_VERSION = 12;

    /** How much of a file tells whether it is one of these. */
    public static final int BEGINNING = XgboostBinary.BEGINNING;

    private TreesImporter() {}

    private enum Format {
        JSON,
        UBJ,
        BINARY,
        BASE64,
        LIGHTGBM,
        TREELITE,
        OTHER;

        static Format of(byte[] beginning) {
            String text = new String(beginning, 0, Math.min(beginning.length, BEGINNING), StandardCharsets.ISO_8859_1);
            if (text.startsWith(LightgbmText.MAGIC + "\n") || text.startsWith(LightgbmText.MAGIC + "\r\n")) {
                return LIGHTGBM;
            }
            if (text.startsWith("bs64\t")) {
                return BASE64;
            }
            if (text.startsWith("{") && text.length() > 1) {
                return "iUIlL$#N".indexOf(text.charAt(1)) >= 0 ? UBJ : JSON;
            }
            if (text.stripLeading().startsWith("{")) {
                return JSON;
            }
            if (isTreelite(beginning)) {
                return TREELITE;
            }
            return XgboostBinary.reads(beginning) ? BINARY : OTHER;
        }

        /** Three version numbers of 32 bits. */
        private static boolean isTreelite(byte[] file) {
            if (file.length <= TREELITE_VERSION || file[0] < OLDEST_TREELITE || file[0] > NEWEST_TREELITE) {
                return false;
            }
            for (int i = 0; i < TREELITE_VERSION; i++) {
                if (i % Integer.BYTES != 0 && file[i] != 0) {
                    return false;
                }
            }
            return true;
        }
    }

    /**
     * Whether a file is one of these.
     *
     * @param beginning its first bytes, {@link #BEGINNING} if it has so many
     */
    public static boolean reads(byte[] beginning) {
        return Format.of(beginning) != Format.OTHER;
    }

    /**
     * Imports the model in a file. The caller closes it.
     *
     * @param declared names of the input and the output, the input's type, and the parameters of Triton's FIL backend
     * @throws ModelFormatException if the file cannot be read or is no model that can be served
     */
    public static ImportedModel load(Path file, DeclaredPorts declared) {
        String name = String.valueOf(file.getFileName());
        try {
            if (Files.size(file) > TreeLimits.FILE) {
                throw new ModelFormatException(
                        "it has " + Files.size(file) + " bytes; at most " + TreeLimits.FILE + " are read");
            }
            return load(name, Files.readAllBytes(file), declared, PredictionForm.of(declared.parameters()));
        } catch (ModelFormatException e) {
            throw new ModelFormatException("tree model '" + name + "': " + e.getMessage(), e);
        } catch (IOException e) {
            throw new ModelFormatException("tree model '" + name + "' cannot be read: " + e, e);
        }
    }

    /** As {@link #load(Path, DeclaredPorts)}, of the bytes of a file. */
    public static ImportedModel load(byte[] file, DeclaredPorts declared) {
        return load("model", file, declared, PredictionForm.of(declared.parameters()));
    }

    static ImportedModel load(String name, byte[] file, DeclaredPorts declared, PredictionForm form) {
        TreeModel model = read(file);
        if (declared.inputs().size() > 1) {
            throw new ModelFormatException("the config has " + declared.inputs().size()
                    + " inputs; expected one of rows with " + model.features() + " features");
        }
        List<String> outputs = declared.outputs().isEmpty() ? List.of(OUTPUT) : declared.outputs();
        if (outputs.stream()
                        .filter(output -> !output.equals(TreeGraph.CONTRIBUTIONS))
                        .count()
                > 1) {
            throw new ModelFormatException("the config has the outputs " + outputs
                    + "; expected one, and for SHAP values '" + TreeGraph.CONTRIBUTIONS + "' beside it");
        }
        DataType rows = declared.inputs().isEmpty()
                ? model.type()
                : declared.inputs().getFirst().type().dataType();
        if (rows != DataType.FP32 && rows != DataType.FP64) {
            throw new ModelFormatException(
                    "input '" + declared.inputNames().getFirst() + "': expected FP32 or FP64, got " + rows);
        }
        String input =
                declared.inputs().isEmpty() ? INPUT : declared.inputNames().getFirst();
        return ImportedModel.read(memory -> new ImportedModel(
                TreeGraph.of(name, model, form, input, rows, outputs, memory), List.of(), TreeGraph.OPSETS, memory));
    }

    private static TreeModel read(byte[] file) {
        return switch (Format.of(file)) {
            case JSON -> XgboostJson.read(JsonMembers.parse(file));
            case UBJ -> XgboostJson.read(UniversalBinaryJson.parse(file));
            case BINARY -> XgboostBinary.read(file);
            case LIGHTGBM -> LightgbmText.read(file);
            case BASE64 ->
                throw new ModelFormatException("it is XGBoost's binary form in base64, which only its first versions"
                        + " wrote: load it there and save it with save_model('model.json')");
            case TREELITE ->
                throw new ModelFormatException(
                        "it is a Treelite checkpoint, whose form changes from version to version:"
                                + " serve the file that it was made from, of XGBoost's or LightGBM's save_model, or export a model"
                                + " of scikit-learn to ONNX with skl2onnx");
            case OTHER -> throw new ModelFormatException("it is no file of XGBoost or LightGBM");
        };
    }
}
