package dev.nereid.server.cache;

import dev.nereid.server.tls.ClientTls;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/** Which response cache a server has. */
public sealed interface CacheConfig {
    /**
     * One in the server's own memory.
     *
     * @param bytes what answers may take together, more than 0
     */
    record Local(long bytes) implements CacheConfig {}

    /**
     * A Redis, which servers may share.
     *
     * @param user empty for Redis' default user
     * @param password empty where it asks for none
     * @param database its number
     * @param connectTimeout how long to wait for a connection; 0 for ever
     * @param socketTimeout how long to wait for an answer of Redis; 0 for ever
     * @param connections how many there are at most
     * @param waitTimeout how long to wait for one of them to be free
     * @param tls how to connect with TLS; empty for in the clear
     */
    record Redis(
            String host,
            int port,
            Optional<String> user,
            Optional<String> password,
            int database,
            Duration connectTimeout,
            Duration socketTimeout,
            int connections,
            Duration waitTimeout,
            Optional<ClientTls> tls)
            implements CacheConfig {
        public Redis {
            Objects.requireNonNull(host, "host");
            Objects.requireNonNull(user, "user");
            Objects.requireNonNull(password, "password");
            Objects.requireNonNull(connectTimeout, "connectTimeout");
            Objects.requireNonNull(socketTimeout, "socketTimeout");
            Objects.requireNonNull(waitTimeout, "waitTimeout");
            Objects.requireNonNull(tls, "tls");
        }

        /** Without the password. */
        @Override
        public String toString() {
            return "redis " + host + ":" + port + " database " + database + (tls.isPresent() ? " with TLS" : "");
        }
    }
}
