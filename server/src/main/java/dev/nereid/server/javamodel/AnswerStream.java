package dev.nereid.server.javamodel;

import dev.nereid.server.model.Answer;
import dev.nereid.server.model.Answers;
import dev.nereid.server.protocol.InferException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.NoSuchElementException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** The answers of a call in the order in which they came, until they are fetched. */
final class AnswerStream implements Answers, CallReceiver {
    /** Answers that may wait before the other model is asked to wait. */
    private static final int ROOM = 16;

    private sealed interface Item {
        record One(CallAnswer answer) implements Item {}

        record Failed(InferException error) implements Item {}
    }

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<Item> items = new ArrayDeque<>();
    private boolean ended;
    private boolean closed;
    private @Nullable CallRun run;

    /** Says which call is to be given up when this is closed. */
    void of(CallRun started) {
        run = started;
    }

    @Override
    public void answer(CallAnswer answer) {
        if (!add(new Item.One(answer))) {
            answer.close();
        }
    }

    @Override
    public void failOne(InferException error) {
        add(new Item.Failed(error));
    }

    @Override
    public void fail(InferException error) {
        add(new Item.Failed(error));
        end();
    }

    private boolean add(Item item) {
        lock.lock();
        try {
            if (closed || ended) {
                return false;
            }
            items.addLast(item);
            changed.signalAll();
            return true;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void end() {
        lock.lock();
        try {
            ended = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean takesMany() {
        return true;
    }

    @Override
    public boolean hasRoom() {
        lock.lock();
        try {
            return items.size() < ROOM;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean hasNext() {
        lock.lock();
        try {
            while (items.isEmpty() && !ended && !closed) {
                changed.awaitUninterruptibly();
            }
            return !items.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Answer next() {
        if (!hasNext()) {
            throw new NoSuchElementException("the call has no more answers");
        }
        Item item;
        lock.lock();
        try {
            item = items.removeFirst();
        } finally {
            lock.unlock();
        }
        return switch (item) {
            case Item.One(CallAnswer answer) -> answer;
            case Item.Failed(InferException error) -> throw error;
        };
    }

    @Override
    public void close() {
        Deque<Item> left;
        lock.lock();
        try {
            closed = true;
            left = new ArrayDeque<>(items);
            items.clear();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (run != null) {
            run.close();
        }
        left.forEach(item -> {
            if (item instanceof Item.One(CallAnswer answer)) {
                answer.close();
            }
        });
    }
}
