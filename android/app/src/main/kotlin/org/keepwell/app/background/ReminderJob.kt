package org.keepwell.app.background

import android.app.job.JobInfo
import android.app.job.JobParameters
import android.app.job.JobScheduler
import android.app.job.JobService
import android.content.ComponentName
import android.content.Context
import android.os.Handler
import java.time.Duration
import java.time.Instant
import java.time.InstantSource
import org.keepwell.wallet.background.EndReminder
import org.keepwell.wallet.background.Notices
import org.keepwell.wallet.background.ReminderSchedule

/** Has what reminds of the end of an access. */
interface ReminderOwner {
    val reminders: JobReminderSchedule
}

/**
 * Reminders by the framework's JobScheduler: one job at a time for the next of them, not to the minute, kept over a restart of the phone.
 * The system learns when, and nothing of what.
 */
class JobReminderSchedule(private val context: Context, private val notices: Notices, private val clock: InstantSource) : ReminderSchedule {
    private val scheduler = checkNotNull(context.getSystemService(JobScheduler::class.java))
    private val kept = KeptReminders(context)

    override fun plan(reminders: List<EndReminder>) {
        kept.write(reminders)
        schedule(reminders.firstOrNull()?.time)
    }

    /** Says what is due; a phone that slept too long says nothing that is over. */
    fun tellDue() {
        val now = clock.instant()
        val (due, later) = kept.read().partition { !it.time.isAfter(now) }
        kept.write(later)
        val told = due.filter { it.time + BEFORE > now }
        if (told.isNotEmpty()) notices.endsSoon(told.size, told.singleOrNull()?.clinicName)
    }

    /** Plans the job for what is next, from the file: also where the clock was turned meanwhile. */
    fun scheduleNext() = schedule(kept.read().firstOrNull()?.time)

    private fun schedule(next: Instant?) {
        if (next == null) return scheduler.cancel(JOB)
        val latency = Duration.between(clock.instant(), next).toMillis().coerceAtLeast(0)
        val job = JobInfo.Builder(JOB, ComponentName(context, ReminderJob::class.java))
            .setMinimumLatency(latency)
            // Not later than this, though the phone sleeps deeply: the access ends a day after it is due.
            .setOverrideDeadline(latency + LATEST.toMillis())
            .setPersisted(true)
            .build()
        scheduler.schedule(job)
    }

    companion object {
        /** The number of the job among the app's. */
        const val JOB = 2

        /** How long before the end an access is spoken of. */
        private val BEFORE = Duration.ofDays(1)
        private val LATEST = Duration.ofHours(6)
    }
}

/** Says which accesses end soon, and plans the next time. */
class ReminderJob : JobService() {
    override fun onStartJob(params: JobParameters): Boolean {
        val reminders = (application as ReminderOwner).reminders
        reminders.tellDue()
        // A job of the same number would stop this one while it still counts as running.
        Handler(mainLooper).post { reminders.scheduleNext() }
        return false
    }

    override fun onStopJob(params: JobParameters) = true
}
