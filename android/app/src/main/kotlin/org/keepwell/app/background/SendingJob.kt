package org.keepwell.app.background

import kotlin.time.Duration
import org.keepwell.android.SendingEnd
import org.keepwell.android.SendingJobs
import org.keepwell.android.SendingService
import org.keepwell.wallet.background.BackgroundSending
import org.keepwell.wallet.background.SendingSchedule
import org.keepwell.wallet.background.Sent

/** Has what sends in the background. */
interface SendingOwner {
    val sending: BackgroundSending
    val sendingJobs: SendingJobs
}

/** Sends what waits: where the wallet is still open in this process, it goes out; else the person is asked to open it. */
class SendingJob : SendingService() {
    override val jobs get() = (application as SendingOwner).sendingJobs

    override suspend fun send(waiting: Int): SendingEnd = when (val sent = (application as SendingOwner).sending.send(waiting)) {
        Sent.All -> SendingEnd.Done
        Sent.None -> SendingEnd.TryAgain
        is Sent.Some -> SendingEnd.Waiting(sent.left)
        is Sent.Locked -> SendingEnd.Waiting(sent.left, after = sent.again)
    }
}

/** The schedule of these jobs. */
class JobSendingSchedule(private val jobs: SendingJobs) : SendingSchedule {
    override fun send(waiting: Int, after: Duration) = jobs.send(waiting, after)

    override fun cancel() = jobs.cancel()
}
