package dev.nereid.bench.loss;

import dev.nereid.perf.client.Exchange;
import dev.nereid.perf.client.Failure;
import dev.nereid.perf.client.HttpTarget;
import dev.nereid.perf.client.HttpTransport;
import dev.nereid.perf.client.KserveFormat;
import dev.nereid.perf.client.Payload;
import dev.nereid.perf.data.InferenceRequest;
import dev.nereid.perf.data.InputTensor;
import dev.nereid.perf.model.Endpoint;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Requests over HTTP to one port, on connections that are kept; none is sent twice by this client. */
final class HttpLossLoad extends LossLoad {
    private final HttpTransport transport;
    private final Payload payload;

    HttpLossLoad(String way, int port, String model) throws IOException {
        super(way);
        transport = new HttpTransport(
                new HttpTarget(
                        new Endpoint("127.0.0.1", port, "", Map.of(), Optional.empty()),
                        new KserveFormat(model, Bed.LABEL, false, false)),
                Optional.empty(),
                1,
                false);
        payload = transport.prepare(new InferenceRequest(
                List.of(new InputTensor("INPUT0", "INT32", List.of(4L), ByteBuffer.allocate(16))),
                List.of(),
                Map.of(),
                List.of(),
                Optional.empty()));
    }

    @Override
    void send(One one) {
        transport.send(new Exchange(new Ended(one), payload, System.nanoTime(), false, false));
    }

    private record Ended(One one) implements Exchange.Listener {
        @Override
        public void succeeded(Exchange exchange) {
            one.answered();
        }

        @Override
        public void failed(Exchange exchange, Failure failure) {
            one.lost(failure.kind() + ": " + failure.message());
        }
    }

    @Override
    public void close() {
        transport.close();
    }
}
