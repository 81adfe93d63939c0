package org.keepwell.app.background

import android.app.Application
import android.app.Notification
import android.app.NotificationManager
import android.app.job.JobInfo
import android.app.job.JobParameters
import android.app.job.JobScheduler
import android.content.pm.ActivityInfo
import android.os.PersistableBundle
import androidx.test.core.app.ApplicationProvider
import java.time.InstantSource
import java.util.concurrent.TimeUnit
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertNotNull
import kotlin.test.assertNull
import kotlin.test.assertTrue
import kotlin.time.Duration.Companion.days
import kotlinx.coroutines.MainScope
import kotlinx.coroutines.launch
import org.junit.After
import org.junit.Before
import org.junit.Test
import org.junit.runner.RunWith
import org.keepwell.android.SendingJobs
import org.keepwell.app.FakeApplication
import org.keepwell.wallet.background.BackgroundSending
import org.keepwell.wallet.fake.FakeData
import org.keepwell.wallet.fake.FakeWallet
import org.keepwell.wallet.fake.FakeWishes
import org.keepwell.wallet.model.Category
import org.keepwell.wallet.model.GrantState
import org.keepwell.wallet.model.GrantTerms
import org.keepwell.wallet.model.Purpose
import org.keepwell.wallet.model.orElse
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.shadows.ShadowLooper.idleMainLooper

/** An app that nobody looks at, over the fake wallet and the framework's own scheduler and notifications. */
class SendingApplication : Application(), SendingOwner {
    val wallet = FakeWallet(InstantSource.fixed(FakeApplication.NOW), unlocked = true)
    override val sendingJobs by lazy { SendingJobs(this, SendingJob::class.java) }
    override val sending by lazy { BackgroundSending(wallet, JobSendingSchedule(sendingJobs), AndroidNotices(this), FakeWishes().now) { false } }
}

/** What is queued is sent by a job once there is a network; and what a person then reads. */
@RunWith(RobolectricTestRunner::class)
@Config(application = SendingApplication::class, sdk = [34, 35], qualifiers = "en")
class SendingJobTest {
    private val app = ApplicationProvider.getApplicationContext<SendingApplication>()
    private val wallet = app.wallet
    private val scope = MainScope()
    private val scheduler = checkNotNull(app.getSystemService(JobScheduler::class.java))
    private val shown get() = shadowOf(checkNotNull(app.getSystemService(NotificationManager::class.java))).allNotifications

    @Before
    fun begins() {
        doing { app.sending.follow() }
    }

    @After
    fun ends() = scope.coroutineContext[kotlinx.coroutines.Job]!!.cancel()

    private fun doing(what: suspend () -> Unit) {
        scope.launch { what() }
        idleMainLooper()
    }

    private fun endsAccessOffline() {
        wallet.isOnline = false
        val terms = GrantTerms(FakeData.northside.id, setOf(Category.RESULTS), Purpose.TREATMENT, 30.days)
        wallet.granted(FakeData.northside, GrantState.ACTIVE, terms)
        doing { wallet.consent.revoke(wallet.consent.grants().orElse {}.orEmpty().first().id) }
    }

    /** Runs the job as the system does, and says whether it wants to be run again. */
    private fun runs(job: JobInfo): Boolean {
        val service = Robolectric.setupService(SendingJob::class.java)
        assertTrue(service.onStartJob(parameters(job.extras)))
        idleMainLooper()
        assertTrue(shadowOf(service).isJobFinished)
        return shadowOf(service).isRescheduleNeeded
    }

    private fun parameters(extras: PersistableBundle) =
        JobParameters(null, null, SendingJobs.JOB, extras, null, null, 0, false, false, false, null, null, null)

    private fun pending(): JobInfo? = scheduler.getPendingJob(SendingJobs.JOB)

    @Test
    fun `what could not be sent waits for a network, over a restart of the phone, and says only how much it is`() {
        assertNull(pending())
        endsAccessOffline()
        val job = assertNotNull(pending())
        assertEquals(SendingJob::class.java.name, job.service.className)
        assertTrue(assertNotNull(job.requiredNetwork).hasCapability(android.net.NetworkCapabilities.NET_CAPABILITY_INTERNET))
        assertTrue(job.isPersisted)
        assertEquals(JobInfo.BACKOFF_POLICY_EXPONENTIAL, job.backoffPolicy)
        assertEquals(0, job.minLatencyMillis)
        assertEquals(setOf("waiting"), job.extras.keySet())
        assertEquals(1, SendingJobs.waiting(job.extras))
    }

    @Test
    fun `sent in the background, the person hears that it is closed, and no clinic is named`() {
        endsAccessOffline()
        val job = assertNotNull(pending())
        assertTrue(runs(job), "nobody was reached: the system tries again, later each time")
        assertTrue(shown.isEmpty())
        wallet.isOnline = true
        assertFalse(runs(job))
        val notice = shown.single()
        assertEquals("What you ended is closed now.", notice.title)
        assertFalse("Northside" in notice.extras.toString())
        assertEquals(Notification.VISIBILITY_PRIVATE, notice.visibility)
        assertEquals("Keepwell has news for you", notice.publicVersion.title)
        val intent = shadowOf(notice.contentIntent).savedIntent
        assertEquals("org.keepwell.app.MainActivity", intent.component?.className)
        assertNull(intent.extras)
        val opened = app.packageManager.getActivityInfo(checkNotNull(intent.component), 0)
        assertEquals(ActivityInfo.LAUNCH_SINGLE_TASK, opened.launchMode, "a second wallet in front would lock under the person's fingers")
    }

    @Test
    fun `a wallet that is locked asks to be opened, again after a day, and no more once it was sent`() {
        endsAccessOffline()
        doing { wallet.lock.lock() }
        wallet.isOnline = true
        assertFalse(runs(assertNotNull(pending())))
        assertEquals("1 decision is not sent yet. Open Keepwell to send it.", shown.single().title)
        assertEquals("Keepwell has news for you", shown.single().publicVersion.title)
        assertEquals(1.days.inWholeMilliseconds, pending()?.minLatencyMillis)
        doing { wallet.lock.unlock(FakeWallet.PIN.encodeToByteArray()) }
        assertTrue(shown.none { "not sent" in it.title.orEmpty() })
        assertNull(pending())
    }

    @Test
    fun `a job that the system stops is run again`() {
        endsAccessOffline()
        wallet.isOnline = true
        wallet.isHostTaking = false
        val service = Robolectric.setupService(SendingJob::class.java)
        val running = parameters(assertNotNull(pending()).extras)
        assertTrue(service.onStartJob(running))
        idleMainLooper()
        assertTrue(service.onStopJob(running))
        idleMainLooper(1, TimeUnit.MINUTES)
        assertFalse(shadowOf(service).isJobFinished, "what was stopped does not end by itself")
        // What is decided next is scheduled anew: nothing is taken to be running.
        endsAccessOffline()
        assertEquals(2, SendingJobs.waiting(assertNotNull(pending()).extras))
    }

    private val Notification.title get() = extras.getString(Notification.EXTRA_TITLE)
}
