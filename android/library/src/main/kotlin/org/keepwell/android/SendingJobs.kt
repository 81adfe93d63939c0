package org.keepwell.android

import android.app.job.JobInfo
import android.app.job.JobScheduler
import android.content.ComponentName
import android.content.Context
import android.os.PersistableBundle
import kotlin.time.Duration

/**
 * Sending by the framework's JobScheduler, which WorkManager itself stands on: one job with a network, kept over a restart of the
 * phone. WorkManager would add a database (Room), a start-up provider and two services for this one job.
 *
 * [service] is the app's own, declared in its manifest; of what waits the system only learns how many. [job] is the number of that
 * one job among the app's.
 */
class SendingJobs(private val context: Context, private val service: Class<out SendingService>, private val job: Int = JOB) {
    private val scheduler = checkNotNull(context.getSystemService(JobScheduler::class.java))

    /** Begins [after] this time, as soon as there is a network; what is scheduled already for as much stays as it is. */
    fun send(waiting: Int, after: Duration = Duration.ZERO) {
        val known = scheduler.getPendingJob(job)
        if (after == Duration.ZERO && known != null && waiting(known.extras) == waiting && known.minLatencyMillis == 0L) return
        val next = JobInfo.Builder(job, ComponentName(context, service))
            .setRequiredNetworkType(JobInfo.NETWORK_TYPE_ANY)
            .setBackoffCriteria(JobInfo.DEFAULT_INITIAL_BACKOFF_MILLIS, JobInfo.BACKOFF_POLICY_EXPONENTIAL)
            .setPersisted(true)
            .setExtras(PersistableBundle().apply { putInt(WAITING, waiting) })
        if (after > Duration.ZERO) next.setMinimumLatency(after.inWholeMilliseconds)
        scheduler.schedule(next.build())
    }

    /** Nothing waits any more. */
    fun cancel() = scheduler.cancel(job)

    companion object {
        /** The number of the job, unless the app gives it another one. */
        const val JOB = 1
        private const val WAITING = "waiting"

        /** How much waited when a job was scheduled. */
        fun waiting(extras: PersistableBundle): Int = extras.getInt(WAITING)
    }
}
