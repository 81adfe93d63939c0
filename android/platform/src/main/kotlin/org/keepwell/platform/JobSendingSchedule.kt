package org.keepwell.platform

import android.app.job.JobInfo
import android.app.job.JobScheduler
import android.content.ComponentName
import android.content.Context
import android.os.PersistableBundle
import kotlin.time.Duration
import org.keepwell.wallet.background.SendingSchedule

/**
 * Sending by the framework's JobScheduler, which WorkManager itself stands on: one job with a network, kept over a restart of the
 * phone. WorkManager would add a database (Room), a start-up provider and two services for this one job.
 *
 * [service] is the app's own job service; of what waits the system only learns how many.
 */
class JobSendingSchedule(private val context: Context, private val service: Class<*>) : SendingSchedule {
    private val scheduler = checkNotNull(context.getSystemService(JobScheduler::class.java))

    override fun send(waiting: Int, after: Duration) {
        val known = scheduler.getPendingJob(JOB)
        if (after == Duration.ZERO && known != null && waiting(known.extras) == waiting && known.minLatencyMillis == 0L) return
        val job = JobInfo.Builder(JOB, ComponentName(context, service))
            .setRequiredNetworkType(JobInfo.NETWORK_TYPE_ANY)
            .setBackoffCriteria(JobInfo.DEFAULT_INITIAL_BACKOFF_MILLIS, JobInfo.BACKOFF_POLICY_EXPONENTIAL)
            .setPersisted(true)
            .setExtras(PersistableBundle().apply { putInt(WAITING, waiting) })
        if (after > Duration.ZERO) job.setMinimumLatency(after.inWholeMilliseconds)
        scheduler.schedule(job.build())
    }

    override fun cancel() = scheduler.cancel(JOB)

    companion object {
        /** The one job of the app. */
        const val JOB = 1
        private const val WAITING = "waiting"

        /** How much waited when a job was scheduled. */
        fun waiting(extras: PersistableBundle): Int = extras.getInt(WAITING)
    }
}
