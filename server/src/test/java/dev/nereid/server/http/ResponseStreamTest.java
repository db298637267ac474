package dev.nereid.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import java.util.List;
import org.junit.jupiter.api.Test;

class ResponseStreamTest {
    private final InferException error = InferException.invalid("wrong");
    private final InferRequest request =
            new InferRequest(InferRequest.Header.of("m", "", ""), List.of(), List.of(), List.of(), 0);
    private final ResponseStream events = new ResponseStream(request);

    @Test
    void isRefusedWhereItFailsOnTheThreadThatHandsTheRequestOver() {
        events.fail(error);

        assertThat(events.isRefused()).isTrue();
        assertThat(events.next()).isEqualTo(new ResponseStream.Event.Failure(error, true));
    }

    @Test
    void isNotRefusedWhereTheModelFailsOnTheThreadThatHandsTheRequestOver() {
        request.begin();
        events.fail(error);

        assertThat(events.isRefused()).isFalse();
        assertThat(events.next()).isEqualTo(new ResponseStream.Event.Failure(error, true));
    }

    @Test
    void isNotRefusedWhereAnotherThreadDropsTheRequest() throws InterruptedException {
        Thread.ofPlatform().start(() -> events.fail(error)).join();

        assertThat(events.isRefused()).isFalse();
    }
}
