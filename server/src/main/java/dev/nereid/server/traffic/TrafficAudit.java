package dev.nereid.server.traffic;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a server did to a model's traffic of its own accord, and what a person did about it, one line an event, for who keeps a
 * record. The form of these lines is documented and stays, unlike that of the log's other lines.
 */
final class TrafficAudit {
    private static final Logger LOG = LoggerFactory.getLogger(TrafficAudit.class);

    private TrafficAudit() {}

    /** A version has lost its traffic to another one. */
    static void rollback(String model, long from, long to, String reason) {
        LOG.warn(
                "audit: event=traffic.rollback model={} from={} to={} reason={}",
                quoted(model),
                from,
                to,
                quoted(reason));
    }

    /** A person gave a version its traffic back, which another one had. */
    static void resume(String model, long to, long from) {
        LOG.warn("audit: event=traffic.resume model={} from={} to={}", quoted(model), from, to);
    }

    /** A text that ends where it says, and on its line. */
    private static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"").replaceAll("\\p{Cntrl}", "?") + '"';
    }
}
