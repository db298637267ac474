package dev.nereid.server.repository.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.repository.config.ConfigVariables.Scope;
import dev.nereid.server.repository.folders.ModelLoadException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigVariablesTest {
    private static final Map<String, String> ENVIRONMENT =
            Map.of("BATCH", "16", "EMPTY", "", "TEXT", "a \"quoted\" 'C:\\n' }\nname: \"other\"", "FILE", "b.onnx");

    @TempDir
    private Path folder;

    private ModelConfig read(String text) throws IOException {
        return read(text, new ConfigVariables(Scope.LOCAL, ENVIRONMENT));
    }

    private ModelConfig read(String text, ConfigVariables variables) throws IOException {
        Files.writeString(folder.resolve("config.pbtxt"), text);
        return new ModelConfigReader("", false, variables).read(folder);
    }

    @Test
    void standForNumbersAndTexts() throws IOException {
        ModelConfig config = read("name: 'm' max_batch_size: ${BATCH}\ndefault_model_filename: \"${FILE}\"");
        assertThat(config.getMaxBatchSize()).isEqualTo(16);
        assertThat(config.getDefaultModelFilename()).isEqualTo("b.onnx");
    }

    @Test
    void haveDefaults() throws IOException {
        ModelConfig config =
                read("max_batch_size: ${NONE:-4} default_model_filename: '${EMPTY:-c.onnx}' name: 'x${NONE:-}y'");
        assertThat(config.getMaxBatchSize()).isEqualTo(4);
        assertThat(config.getDefaultModelFilename()).isEqualTo("c.onnx");
        assertThat(config.getName()).isEqualTo("xy");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"", "'"})
    void areTextsAsTheyAreInQuotes(String quote) throws IOException {
        assertThat(read("name: " + quote + "<${TEXT}>" + quote).getName())
                .isEqualTo("<" + ENVIRONMENT.get("TEXT") + ">");
    }

    @Test
    void areNotLookedForInCommentsAndBehindTwoDollars() throws IOException {
        assertThat(read("# it's ${NOT SET\nname: 'a\\'$${BATCH}$' # ${\"").getName())
                .isEqualTo("a'${BATCH}$");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "name: 'm'\\n max_batch_size: ${MISSING}|:2:18: environment variable MISSING is not set; set it, or give"
                        + " a default as ${MISSING:-value}",
                "name: '${}'|:1:8: expected ${NAME} or ${NAME:-default}; write $${ for the characters ${",
                "name: '${BATCH'|:1:8: expected ${NAME} or ${NAME:-default}; write $${ for the characters ${",
                "name: 'm' max_batch_size: ${TEXT}|:1:27: expected a number or a word as the value of TEXT, got something"
                        + " else; put the variable in quotes if a text is meant",
                "name: 'm' max_batch_size: ${EMPTY}|:1:27: expected a number or a word as the value of EMPTY, got"
                        + " something else; put the variable in quotes if a text is meant",
            })
    void areRefusedWhereTheyDoNotFit(String text, String message) {
        assertThatThrownBy(() -> read(text.replace("\\n", "\n")))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(folder.resolve("config.pbtxt") + message);
    }

    @Test
    void stayAsTheyAreUnlessTheyAreAskedFor() throws IOException {
        String text = "name: '${BATCH} $${'";
        assertThat(read(text, ConfigVariables.NONE).getName()).isEqualTo("${BATCH} $${");
        assertThat(read(text, new ConfigVariables(Scope.LOCAL, ENVIRONMENT).forStores())
                        .getName())
                .isEqualTo("${BATCH} $${");
        assertThat(read(text, new ConfigVariables(Scope.ALL, ENVIRONMENT).forStores())
                        .getName())
                .isEqualTo("16 ${");
    }
}
