package dev.nereid.models.pytorch.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.imported.ImportedModel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is wrong with an exported program is said, with the node and the line of the model's code where there are such. */
class RefusedProgramsTest {
    @Test
    void theProgramThatTheOthersAreMadeOfIsRead() {
        try (ImportedModel model = ProgramArchives.load(ProgramArchives.of(ProgramArchives.small()))) {
            assertThat(model.graph().inputs()).hasToString("[x]");
            assertThat(model.graph().outputs()).hasToString("[add]");
            assertThat(model.opsets()).containsEntry("aten", 10);
        }
    }

    /** A text of the program, what is in its place, and a part of the message. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "aten.add.Tensor | aten.no_such.default | node 'add' of torch.ops.aten.no_such.default (y = x + w): the operator aten::no_such is not known",
                "torch.ops.aten.add.Tensor | os.system | the function os.system is not known",
                "torch.ops.aten.add.Tensor | torch.ops.higher_order.run_it | the operator is not known",
                "\"major\": 8 | \"major\": 9 | schema version 9: expected 7 or 8",
                "\"schema_version\" | \"other\" | the member 'schema_version' is missing",
                "\"parameter_name\": \"w\" | \"parameter_name\": \"v\" | no tensor for the parameter 'v'",
                "[{\"as_int\": 2}] | [{\"as_int\": 3}] | the parameter 'w' is declared as FP32[3] and is FP32[2]",
                "[{\"as_int\": 2}] | [{\"as_int\": -2}] | tensor 'p_w': a size is -2",
                "[{\"as_int\": 2}] | [{\"as_int\": 2, \"as_bool\": true}] | expected an object with one member",
                "\"dtype\": 7 | \"dtype\": 99 | the datatype with the number 99 is not known",
                "\"self\", \"arg\": {\"as_tensor\": {\"name\": \"x\"}} | \"self\", \"arg\": {\"as_tensor\": {\"name\": \"z\"}} | 'z' is read before it is made",
                "\"arg\": {\"as_tensor\": {\"name\": \"x\"}} | \"arg\": {\"as_custom_obj\": {}} | of the kind 'as_custom_obj' cannot be used",
                "\"user_output\" | \"buffer_mutation\" | the model writes its buffer",
                "\"outputs\": [{\"as_tensor\": {\"name\": \"add\"}}], \"metadata\" | \"outputs\": [{\"as_tensor\": {\"name\": \"x\"}}], \"metadata\" | two values are called 'x'",
                "\"output_specs\": [ | \"output_specs\": [{\"token\": {\"arg\": {\"name\": \"t\"}}}, | 1 outputs, its signature 2 and 2",
                "\"nodes\": [{ | \"nodes\": [7, { | the member 'target' is missing",
                "{\"graph_module\" | [{\"graph_module\" | is not valid JSON"
            })
    void whatIsWrongIsSaid(String before, String after, String message) {
        assertThat(ProgramArchives.small()).contains(before);
        refused(ProgramArchives.small().replace(before, after), message);
    }

    @Test
    void anotherDatatypeThanTheFileSaysIsRefused() {
        String json = ProgramArchives.small().replace("\"add\": {\"dtype\": 7", "\"add\": {\"dtype\": 5");
        refused(json, "'add' is INT64 in the file and would be FP32");
    }

    @Test
    void graphsInGraphsWithoutEndAreRefused() {
        String open = "{\"as_graph\": {\"name\": \"g\", \"graph\": {\"inputs\": [";
        refused(
                ProgramArchives.small().replace("{\"as_tensor\": {\"name\": \"add\"}}", open.repeat(1000)),
                "is not valid JSON");
    }

    private static void refused(String json, String message) {
        assertThatExceptionOfType(ModelFormatException.class)
                .isThrownBy(() -> ProgramArchives.load(ProgramArchives.of(json)).close())
                .withMessageContaining(message);
    }
}
