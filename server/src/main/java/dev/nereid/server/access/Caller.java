package dev.nereid.server.access;

import dev.nereid.server.protocol.ApiGroup;
import dev.nereid.server.protocol.InferException;
import io.grpc.Context;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Who makes the call that a thread serves, and what they may. Threads that serve none do so for the server itself, which may do
 * all. Immutable.
 *
 * @param refusal why nothing that they show is taken; empty where it is
 * @param group of the call; empty before that is known
 */
public record Caller(
        Principal principal, AccessPolicy policy, Optional<InferException> refusal, Optional<ApiGroup> group) {
    /** Carried to other threads by gRPC's contexts, over HTTP as well. */
    private static final Context.Key<Caller> CURRENT = Context.key("caller");

    public Caller {
        Objects.requireNonNull(principal, "principal");
        Objects.requireNonNull(policy, "policy");
        Objects.requireNonNull(refusal, "refusal");
        Objects.requireNonNull(group, "group");
    }

    /**
     * Does nothing if they may make calls of a group at all.
     *
     * @param called empty for what is in no group, which all who show who they are may ask
     * @throws InferException UNAUTHENTICATED or PERMISSION_DENIED, which says nothing of a model
     */
    public void check(Optional<ApiGroup> called) {
        if (refusal.isPresent()) {
            throw refusal.get();
        }
        boolean allowed =
                called.map(group -> policy.allows(principal, group)).orElseGet(() -> !principal.isAnonymous());
        if (allowed) {
            return;
        }
        throw principal.isAnonymous()
                ? new InferException(
                        InferException.Code.UNAUTHENTICATED,
                        "expected an API key in the header Authorization: Bearer or X-API-Key, or a client's "
                                + "certificate, got none")
                : new InferException(
                        InferException.Code.PERMISSION_DENIED,
                        "'" + principal.id() + "' may not make calls of "
                                + called.map(ApiGroup::flagName).orElse("this kind"));
    }

    /** The same with the group of the call. */
    public Caller calling(Optional<ApiGroup> called) {
        return new Caller(principal, policy, refusal, called);
    }

    /** Gets something that is got for them. */
    public <T> T get(Supplier<T> action) {
        Context context = in(Context.current());
        Context before = context.attach();
        try {
            return action.get();
        } finally {
            context.detach(before);
        }
    }

    /** Runs something that is done for them. */
    public void run(Runnable action) {
        in(Context.current()).run(action);
    }

    /** A context in which the call is served. */
    public Context in(Context context) {
        return context.withValue(CURRENT, this);
    }

    /**
     * Whether whoever makes the call that this thread serves may see a model, by the call's group.
     *
     * @param version negative for any version
     */
    public static boolean currentSees(String model, long version) {
        Caller caller = CURRENT.get();
        return caller == null
                || (caller.refusal().isEmpty()
                        && caller.policy().allows(caller.principal(), caller.group(), model, version));
    }
}
