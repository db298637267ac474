package dev.nereid.server.cache;

import java.net.SocketTimeoutException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.apache.commons.pool2.impl.GenericObjectPoolConfig;
import redis.clients.jedis.ClientSetInfoConfig;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Connection;
import redis.clients.jedis.ConnectionFactory;
import redis.clients.jedis.ConnectionPool;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.DefaultJedisSocketFactory;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.JedisSocketFactory;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.exceptions.JedisConnectionException;

/** The few commands that the cache needs, over some connections to one Redis. Any thread. */
final class RedisConnections implements AutoCloseable {
    private final ConnectionPool pool;
    private final String place;

    /**
     * Connects when the first command comes.
     *
     * @throws IllegalArgumentException if a file that TLS needs does not hold what it should
     */
    RedisConnections(CacheConfig.Redis config) {
        DefaultJedisClientConfig.Builder client = DefaultJedisClientConfig.builder()
                .serverDefaultProtocol()
                .clientSetInfoConfig(ClientSetInfoConfig.DISABLED)
                .connectionTimeoutMillis((int) config.connectTimeout().toMillis())
                .socketTimeoutMillis((int) config.socketTimeout().toMillis())
                .database(config.database());
        config.user().ifPresent(client::user);
        config.password().ifPresent(client::password);
        GenericObjectPoolConfig<Connection> connections = new GenericObjectPoolConfig<>();
        connections.setMaxTotal(config.connections());
        connections.setMaxIdle(config.connections());
        connections.setMaxWait(config.waitTimeout());
        connections.setJmxEnabled(false);
        this.place = config.host() + ":" + config.port();
        HostAndPort host = new HostAndPort(config.host(), config.port());
        JedisClientConfig built = client.build();
        JedisSocketFactory plain = new DefaultJedisSocketFactory(host, built);
        JedisSocketFactory sockets = config.tls()
                .<JedisSocketFactory>map(tls -> new TlsSockets(plain, host, tls))
                .orElse(plain);
        this.pool = new ConnectionPool(new ConnectionFactory(sockets, built), connections);
    }

    /**
     * Makes sure that Redis answers.
     *
     * @throws RedisFailure if it does not
     */
    void ping() {
        run(new CommandArguments(Protocol.Command.PING));
    }

    /**
     * The value of a key; empty where there is none.
     *
     * @throws RedisFailure if Redis does not say
     */
    Optional<byte[]> get(byte[] key) {
        return run(new CommandArguments(Protocol.Command.GET).add(key))
                .filter(byte[].class::isInstance)
                .map(byte[].class::cast);
    }

    /**
     * Sets the value of a key, for as long as Redis likes.
     *
     * @throws RedisFailure if it does not take it
     */
    void set(byte[] key, byte[] value) {
        run(new CommandArguments(Protocol.Command.SET).add(key).add(value));
    }

    private Optional<Object> run(CommandArguments command) {
        try (Connection connection = take()) {
            return execute(connection, command);
        } catch (JedisConnectionException e) {
            if (root(e) instanceof SocketTimeoutException) {
                throw unreachable(e);
            }
        }
        // Redis may have hung up on connections that were idle for long, and be well.
        pool.clear();
        try (Connection connection = take()) {
            return execute(connection, command);
        } catch (JedisConnectionException e) {
            throw unreachable(e);
        }
    }

    /** @throws JedisConnectionException if the connection is broken */
    private static Optional<Object> execute(Connection connection, CommandArguments command) {
        try {
            return Optional.ofNullable(connection.executeCommand(command));
        } catch (JedisConnectionException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new RedisFailure(String.valueOf(e.getMessage()), false, e);
        }
    }

    private Connection take() {
        try {
            return pool.getResource();
        } catch (JedisConnectionException e) {
            throw unreachable(e);
        } catch (RuntimeException e) {
            throw e.getCause() instanceof NoSuchElementException
                    ? new RedisFailure("no connection to Redis (" + place + ") was free in time", false, e)
                    : new RedisFailure(String.valueOf(e.getMessage()), false, e);
        }
    }

    private RedisFailure unreachable(JedisConnectionException e) {
        // Triton's text; port 0 is what a port that is no number is read as.
        String hint = place.endsWith(":0") ? ". The port is to be a number of at least 1 and at most 65535" : "";
        return new RedisFailure("failed to connect to Redis (" + place + "): " + root(e).getMessage() + hint, true, e);
    }

    /** What is behind an error: the client keeps the reason of a failed connection beside it. */
    private static Throwable root(Throwable error) {
        Deque<Throwable> open = new ArrayDeque<>();
        open.add(error);
        Throwable last = error;
        while (!open.isEmpty()) {
            last = open.removeFirst();
            Throwable cause = last.getCause();
            if (cause != null) {
                open.addFirst(cause);
            } else if (last.getSuppressed().length > 0) {
                open.addFirst(last.getSuppressed()[0]);
            }
        }
        return last;
    }

    @Override
    public void close() {
        pool.close();
    }
}
