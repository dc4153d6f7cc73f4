#pragma once

#include <QFutureWatcher>
#include <QObject>
#include <QPointer>
#include <QThreadPool>
#include <QtConcurrent/QtConcurrentRun>
#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>
#include <type_traits>
#include <utility>

namespace turntable::gui {

/// One kind of question: asking again makes the answers to earlier askings stale. GUI thread; tickets may go anywhere.
class Lane {
public:
    class Ticket {
    public:
        Ticket(std::shared_ptr<const std::atomic<std::uint64_t>> newest, std::uint64_t stamp)
            : m_newest(std::move(newest)), m_stamp(stamp) {}
        [[nodiscard]] bool current() const { return m_newest->load() == m_stamp; }

    private:
        std::shared_ptr<const std::atomic<std::uint64_t>> m_newest;
        std::uint64_t m_stamp;
    };

    [[nodiscard]] Ticket next() { return {m_newest, ++*m_newest}; }
    /// Nobody wants the answer any more.
    void drop() { ++*m_newest; }

private:
    std::shared_ptr<std::atomic<std::uint64_t>> m_newest = std::make_shared<std::atomic<std::uint64_t>>(0);
};

/// Runs jobs one after the other on one worker thread, always the same, and delivers what they return on the GUI
/// thread. GUI thread. A job that became stale before its turn is not run, a stale answer is not delivered, nor is one
/// whose context is gone. The destructor waits for the job that is running and forgets the others.
class Background : public QObject {
    Q_OBJECT

public:
    explicit Background(QObject* parent = nullptr);
    ~Background() override;

    /// `job()` on the worker, `deliver(its value)` here. `job` must own, or share, all that it touches.
    template <typename Job, typename Deliver>
    void run(Lane& lane, QObject* context, Job job, Deliver deliver) {
        using Value = std::invoke_result_t<Job&>;
        using Answer = std::shared_ptr<Value>;
        const Lane::Ticket ticket = lane.next();
        auto* watcher = new QFutureWatcher<Answer>(this);
        connect(watcher, &QFutureWatcherBase::finished, this,
                [this, watcher, ticket, guard = QPointer<QObject>(context), deliver = std::move(deliver)]() mutable {
                    watcher->deleteLater();
                    if (const Answer answer = watcher->result(); answer && guard && ticket.current()) {
                        deliver(std::move(*answer));
                    }
                    jobEnded();
                });
        ++m_jobs;
        watcher->setFuture(QtConcurrent::run(&m_pool, [ticket, job = std::move(job)]() mutable -> Answer {
            if (!ticket.current()) return nullptr;
            return guarded<Value>(job);
        }));
    }

    [[nodiscard]] bool idle() const { return m_jobs == 0; }

Q_SIGNALS:
    /// Every job has been delivered or dropped, and none of the deliveries began another.
    void becameIdle();

private:
    /// A library's exception must not reach the event loop; memory that is gone is the one that can be expected.
    template <typename Value, typename Job>
    static std::shared_ptr<Value> guarded(Job& job) {
        try {
            return std::make_shared<Value>(job());
        } catch (const std::exception& exception) {
            report(exception.what());
            return nullptr;
        }
    }
    static void report(const char* what);
    void jobEnded();

    QThreadPool m_pool;
    int m_jobs = 0;
};

}  // namespace turntable::gui
