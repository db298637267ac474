package dev.nereid.server.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class SingleResponseTest {
    private final InferException error = InferException.invalid("wrong");

    private final InferRequest request =
            new InferRequest(InferRequest.Header.of("m", "", ""), List.of(), List.of(), List.of(), 0);
    private final SingleResponse answer = new SingleResponse(request);

    @Test
    void isRefusedWhereItFailsOnTheThreadThatHandsTheRequestOver() {
        answer.fail(error);

        assertThat(answer.isRefused()).isTrue();
        assertThatThrownBy(answer::await).isSameAs(error);
    }

    @Test
    void isNotRefusedWhereTheModelFailsHoweverSoonThatIs() throws InterruptedException {
        Thread.ofPlatform().start(() -> answer.fail(error)).join();

        assertThat(answer.isRefused()).isFalse();
        assertThatThrownBy(answer::await).isSameAs(error);
    }

    @Test
    void isNotRefusedWhereTheModelFailsOnTheThreadThatHandsTheRequestOver() {
        request.begin();
        answer.fail(error);

        assertThat(answer.isRefused()).isFalse();
        assertThatThrownBy(answer::await).isSameAs(error);
    }

    @Test
    void isNotRefusedByAnErrorThatComesAfterItsEnd() throws InterruptedException {
        Thread.ofPlatform().start(answer::end).join();
        answer.fail(error);

        assertThat(answer.isRefused()).isFalse();
        assertThatThrownBy(answer::await).hasMessage("expected a single response, got 0");
    }
}
