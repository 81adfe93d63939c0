package org.keepwell.android

import android.app.job.JobParameters
import android.app.job.JobService
import android.os.Handler
import kotlin.time.Duration
import kotlinx.coroutines.Job
import kotlinx.coroutines.MainScope
import kotlinx.coroutines.cancel
import kotlinx.coroutines.launch

/** How one piece of sending ended, and so what comes next. */
sealed interface SendingEnd {
    /** Nothing waits any more, or nothing that a job could send. */
    data object Done : SendingEnd

    /** Nobody was reached: the system tries again, each time later. */
    data object TryAgain : SendingEnd

    /** So many are [waiting] still; a new job begins [after] this time. */
    data class Waiting(val waiting: Int, val after: Duration = Duration.ZERO) : SendingEnd
}

/**
 * Sends what waits, in the app's own process, when the system says that there is a network.
 *
 * The manifest declares the app's subclass, not exported, with the permission `android.permission.BIND_JOB_SERVICE`.
 */
abstract class SendingService : JobService() {
    private val scope = MainScope()
    private var work: Job? = null

    /** Where the next job is scheduled. */
    protected abstract val jobs: SendingJobs

    /**
     * Sends, on the main thread, at most a minute long; [waiting] is what waited when this was scheduled. A wallet that is locked can
     * send nothing.
     */
    protected abstract suspend fun send(waiting: Int): SendingEnd

    override fun onStartJob(params: JobParameters): Boolean {
        work = scope.launch {
            val end = send(SendingJobs.waiting(params.extras))
            jobFinished(params, end == SendingEnd.TryAgain)
            // A job of the same number would stop this one if it still ran, and that has only posted its end: this goes behind it.
            if (end is SendingEnd.Waiting) Handler(mainLooper).post { jobs.send(end.waiting, end.after) }
        }
        return true
    }

    override fun onStopJob(params: JobParameters): Boolean {
        work?.cancel()
        return true
    }

    override fun onDestroy() {
        scope.cancel()
        super.onDestroy()
    }
}
