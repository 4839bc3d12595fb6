#!/usr/bin/env bash
# Lets GitHub push this service's image to Google Artifact Registry without a key. Prints each command that it runs; with
# --dry-run it prints them and runs none. What is there already stays: run it again after a fault.
set -euo pipefail

# The repository of images in Artifact Registry, and the image.
PROJECT=my-project
REGION=my-region
REPOSITORY=my-repository
APP=my-service
# The repository with the reusable workflow, and this repository's workflow that calls it.
WORKFLOWS=OWNER/dockerflow
CALLER=container.yml
# This repository, as owner/name.
GITHUB_REPO=${GITHUB_REPO:-$(git remote get-url origin 2>/dev/null | sed -En 's#\.git$##; s#^.*github\.com[:/]([^/]+/[^/]+)$#\1#p')}

DRY_RUN=
case ${1:-} in
  --dry-run) DRY_RUN=1 ;;
  --help) echo "usage: scripts/setup-gcp.sh [--dry-run]; GITHUB_REPO=owner/name says which repository may push"; exit ;;
  '') ;;
  *) echo "setup-gcp: there is no option $1; see --help" >&2; exit 2 ;;
esac
[[ $GITHUB_REPO == */* ]] || { echo 'setup-gcp: set GITHUB_REPO=owner/name, or add the remote origin' >&2; exit 2; }
for program in gcloud gh; do
  [ -n "$DRY_RUN" ] || command -v "$program" >/dev/null || { echo "setup-gcp: install $program first" >&2; exit 1; }
done

run() {
  printf '+'; printf ' %q' "$@"; printf '\n'
  [ -n "$DRY_RUN" ] || "$@"
}
# ask <what it is in a dry run> <command>...: what a command answers.
ask() {
  if [ -n "$DRY_RUN" ]; then echo "$1"; else "${@:2}"; fi
}
# create <what> <command that fails where it isn't there> -- <command that makes it>
make() {
  local what=$1 see=()
  shift
  while [ "$1" != -- ]; do see+=("$1"); shift; done
  shift
  if [ -z "$DRY_RUN" ] && "${see[@]}" >/dev/null 2>&1; then echo "# $what is there"; else run "$@"; fi
}

NUMBER=$(ask NUMBER gcloud projects describe "$PROJECT" --format='value(projectNumber)')
# A repository's name can be taken by others after a rename; its id can't.
OWNER_ID=$(ask OWNER_ID gh api "users/${GITHUB_REPO%/*}" --jq .id)
REPO_ID=$(ask REPO_ID gh api "repos/$GITHUB_REPO" --jq .id)
ACCOUNT=github-push@$PROJECT.iam.gserviceaccount.com
POOL=projects/$NUMBER/locations/global/workloadIdentityPools/github-push

run gcloud services enable --project="$PROJECT" artifactregistry.googleapis.com iamcredentials.googleapis.com sts.googleapis.com
make "the repository $REPOSITORY" gcloud artifacts repositories describe "$REPOSITORY" --project="$PROJECT" --location="$REGION" -- \
  gcloud artifacts repositories create "$REPOSITORY" --project="$PROJECT" --location="$REGION" --repository-format=docker
make "the account $ACCOUNT" gcloud iam service-accounts describe "$ACCOUNT" --project="$PROJECT" -- \
  gcloud iam service-accounts create github-push --project="$PROJECT" --display-name='GitHub Actions: push images'
run gcloud artifacts repositories add-iam-policy-binding "$REPOSITORY" --project="$PROJECT" --location="$REGION" \
  --member="serviceAccount:$ACCOUNT" --role=roles/artifactregistry.writer

# Only main, only this repository's own workflow, and only inside the reusable one.
PUSH="assertion.repository_owner_id == '$OWNER_ID' && assertion.repository_id == '$REPO_ID'"
PUSH="$PUSH && assertion.ref == 'refs/heads/main'"
PUSH="$PUSH && assertion.workflow_ref == '$GITHUB_REPO/.github/workflows/$CALLER@refs/heads/main'"
PUSH="$PUSH && assertion.job_workflow_ref.startsWith('$WORKFLOWS/.github/workflows/_container.yml@')"
make 'the pool github-push' gcloud iam workload-identity-pools describe github-push --project="$PROJECT" --location=global -- \
  gcloud iam workload-identity-pools create github-push --project="$PROJECT" --location=global --display-name='GitHub Actions: push'
make 'the provider github' gcloud iam workload-identity-pools providers describe github --project="$PROJECT" --location=global \
  --workload-identity-pool=github-push -- \
  gcloud iam workload-identity-pools providers create-oidc github --project="$PROJECT" --location=global \
  --workload-identity-pool=github-push --issuer-uri=https://token.actions.githubusercontent.com \
  --attribute-mapping='google.subject=assertion.sub,attribute.repository_id=assertion.repository_id' \
  --attribute-condition="$PUSH"
run gcloud iam service-accounts add-iam-policy-binding "$ACCOUNT" --project="$PROJECT" --role=roles/iam.workloadIdentityUser \
  --member="principalSet://iam.googleapis.com/$POOL/attribute.repository_id/$REPO_ID"

run gh variable set GAR_IMAGE --repo "$GITHUB_REPO" --body "$REGION-docker.pkg.dev/$PROJECT/$REPOSITORY/$APP"
run gh variable set GCP_WORKLOAD_IDENTITY_PROVIDER --repo "$GITHUB_REPO" --body "$POOL/providers/github"
run gh variable set GCP_SERVICE_ACCOUNT --repo "$GITHUB_REPO" --body "$ACCOUNT"
