package org.keepwell.app.background

import android.app.job.JobParameters
import android.app.job.JobService
import android.os.Handler
import kotlinx.coroutines.Job
import kotlinx.coroutines.MainScope
import kotlinx.coroutines.cancel
import kotlinx.coroutines.launch
import org.keepwell.platform.JobSendingSchedule
import org.keepwell.wallet.background.BackgroundSending
import org.keepwell.wallet.background.SendingSchedule
import org.keepwell.wallet.background.Sent

/** Has what sends in the background. */
interface SendingOwner {
    val sending: BackgroundSending
    val sendingSchedule: SendingSchedule
}

/** Sends what waits, in the app's own process: where the wallet is still open there, it goes out; else the person is asked to open it. */
class SendingJob : JobService() {
    private val scope = MainScope()
    private var work: Job? = null

    override fun onStartJob(params: JobParameters): Boolean {
        val owner = application as SendingOwner
        work = scope.launch {
            val sent = owner.sending.send(JobSendingSchedule.waiting(params.extras))
            jobFinished(params, sent == Sent.None)
            // A job of the same number would stop this one if it still ran, and that has only posted its end: this goes behind it.
            Handler(mainLooper).post { schedule(owner.sendingSchedule, sent) }
        }
        return true
    }

    private fun schedule(schedule: SendingSchedule, sent: Sent) = when (sent) {
        is Sent.Some -> schedule.send(sent.left)
        is Sent.Locked -> schedule.send(sent.left, after = sent.again)
        Sent.All, Sent.None -> Unit
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
