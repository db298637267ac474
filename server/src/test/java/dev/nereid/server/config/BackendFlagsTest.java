package dev.nereid.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.server.cli.CommandLineException;
import java.util.List;
import org.junit.jupiter.api.Test;

class BackendFlagsTest {
    @Test
    void warnsOfSettingsThatChangeNothing() {
        assertThat(BackendFlags.warnings(BackendFlags.read(List.of(
                        "default-max-batch-size=8",
                        "onnxruntime,intra_op_thread_count=2",
                        "intra_op_thread_count=1",
                        "python,shm-default-byte-size=1048576",
                        "java,intra_op_thread_count=2",
                        "java,allow-uploaded-code=true",
                        "onnxruntime,inter_op_thread_count=2",
                        "color=red"))))
                .containsExactly(
                        "--backend-config=color=red: this setting has no effect here.",
                        "--backend-config=java,intra_op_thread_count=2: this setting has no effect here.",
                        "--backend-config=onnxruntime,inter_op_thread_count=2: this setting has no effect here.",
                        "--backend-config=python,shm-default-byte-size=1048576: this setting has no effect here.");
    }

    @Test
    void refusesThreadsThatAreNoNumber() {
        assertThatThrownBy(() -> BackendFlags.read(List.of("onnxruntime,intra_op_thread_count=all")))
                .isInstanceOf(CommandLineException.class)
                .hasMessage(
                        "Bad option: \"--backend-config\". intra_op_thread_count is a number of at least 0. Got all");
    }
}
